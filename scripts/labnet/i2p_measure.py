"""Raw round trips through the I2P lab, by SAM and without sipveil: what its figures are compared with."""
import concurrent.futures
import contextlib
import itertools
import math
import threading
import time

from labnet import sam, socks5
from labnet.errors import LabError
from labnet.i2p_console import Console, busiest

_ACCEPTING = 4  # streams that wait in line at a time; i2pd serves them in their order
# i2pd closes a stream that nobody answers after 10 s; no round trip here takes as long as this.
_FIRST_BYTE_SECONDS = 5
_LOOK_SECONDS = 1.0  # between two looks whether the routers still run
_CONNECT_SECONDS = 2.0  # how long a request for a stream is repeated before anything else is looked at


class EchoDestination:
    """A destination at `user`'s router that gives back what it gets, until close()."""

    def __init__(self, lab, user, length=3, quantity=3):
        target = lab.socket_path(user, "sam")
        public, private = sam.generate(target)
        self.host = sam.host_of(public)
        self._session = sam.Session(target, private, length, quantity)
        self._lock = threading.Lock()
        self._connections = set()
        self._closed = False
        for _ in range(_ACCEPTING):
            threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with self._lock:
            self._closed = True
            for connection in self._connections:
                connection.shut()
        self._session.close()

    def _accept(self):
        while not self._closed:
            try:
                connection = self._session.accept()
            except (OSError, EOFError, LabError):
                time.sleep(0.1)  # the router is away
                continue
            echo = threading.Thread(target=self._echo, args=(connection, called := threading.Event()), daemon=True)
            echo.start()
            called.wait()

    def _echo(self, connection, called):
        with connection, contextlib.suppress(OSError, EOFError, LabError):
            with self._lock:
                self._connections.add(connection)
                closed = self._closed
            try:
                if not closed:
                    connection.line()  # who calls
            finally:
                called.set()
            while data := connection.socket.recv(65536):
                connection.socket.sendall(data)
        with self._lock:
            self._connections.discard(connection)


class EchoStream:
    """A stream from `user` to an echo, on a session of its own, once a byte came back on it.

    socket: for what one likes. host: that of the echo. opened_s: seconds from the request for a session to the first echo.
    """

    def __init__(self, lab, user, host, length=3, quantity=3, timeout=120.0):
        begin = time.monotonic()
        self.host = host
        self._console = Console(lab, user)
        self._session = sam.Session(lab.socket_path(user, "sam"), length=length, quantity=quantity)
        try:
            self.socket = _open(self._session, host, begin + timeout)
        except BaseException:
            self._session.close()
            raise
        self.opened_s = time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def session_id(self):
        return self._session.id

    @property
    def local_host(self):
        """Name of our own end."""
        return self._console.host_of_session(self.session_id)

    def round_trips_ms(self, count):
        return socks5.round_trips_ms(self.socket, count)

    def close(self):
        self.socket.close()
        self._session.close()


class FirstEcho:
    """Several sessions at both ends, tried from now on each with each; the first stream that works will do.

    i2pd lets a random time of up to 10 s pass before it makes the tunnels of a session, and 10 to 15 s more if one of them fails or
    its LeaseSet is not stored at once.
    """

    _SESSIONS = 4

    def __init__(self, lab, user, service):
        self._lab, self._ends = lab, (user, service)
        self._ended = threading.Event()
        self._stack = contextlib.ExitStack()
        try:
            echoes = [self._stack.enter_context(EchoDestination(lab, service)) for _ in range(self._SESSIONS)]
            sessions = [self._stack.enter_context(sam.Session(lab.socket_path(user, "sam"))) for _ in range(self._SESSIONS)]
        except BaseException:
            self.close()
            raise
        for echo, session in itertools.product(echoes, sessions):
            threading.Thread(target=self._try, args=(session, echo.host), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def wait(self, deadline):
        """Until one of them works; LabError if none does in time or a router ends."""
        while not self._ended.wait(_LOOK_SECONDS):
            for name in self._ends:
                if self._lab.pid(name) is None:
                    raise LabError(f"the i2pd of {name} ended while it was waited for an echo")
            if time.monotonic() > deadline:
                raise LabError(f"no echo from {' to '.join(self._ends)} in time")

    def close(self):
        self._ended.set()
        self._stack.close()

    def _try(self, session, host):
        with contextlib.suppress(OSError, EOFError, LabError):
            _open(session, host, math.inf, self._ended).close()
            self._ended.set()


def _open(session, host, deadline, stop=threading.Event()):
    """A stream on `session` to an echo, once a byte came back on it. `stop`: ends the trying once it is set."""
    while not stop.is_set() and time.monotonic() < deadline:
        with contextlib.suppress(sam.SamError):
            stream = session.connect(host, _CONNECT_SECONDS)
            stream.settimeout(_FIRST_BYTE_SECONDS)
            try:
                socks5.round_trips_ms(stream, 1, 1)
                stream.settimeout(None)
                return stream
            except (TimeoutError, EOFError):
                stream.close()
    raise LabError(f"no echo from {host} in time")


@contextlib.contextmanager
def echo_streams(lab, user, service, count, length=3, quantity=3):
    """`count` EchoStreams from `user` to an EchoDestination of `service`, opened all at a time."""
    with contextlib.ExitStack() as stack:
        echo = stack.enter_context(EchoDestination(lab, service, length, quantity))
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            opening = [pool.submit(EchoStream, lab, user, echo.host, length, quantity) for _ in range(count)]
            done, _ = concurrent.futures.wait(opening)
        opened = [stack.enter_context(future.result()) for future in opening if not future.exception()]
        for future in done:
            future.result()
        yield opened


def round_trips_and_path(lab, user, service, stream, count):
    """(round trips in ms, names of the routers that they passed there and back) on an open EchoStream from `user` to `service`. The
    path is that of the tunnels which carried most; None if the consoles do not tell."""
    ends = (Console(lab, user), stream.local_host), (Console(lab, service), stream.host)
    before = [console.tunnels(host) for console, host in ends]
    times = stream.round_trips_ms(count)
    (near_before, far_before), (near, far) = before, [console.tunnels(host) for console, host in ends]
    tunnels = [busiest(near_before, near, "out"), busiest(far_before, far, "in"),
               busiest(far_before, far, "out"), busiest(near_before, near, "in")]
    if not all(tunnels):
        return times, None
    out, into, back_out, back_into = (list(tunnel.hops) for tunnel in tunnels)
    return times, [user, *out, *into, service, *back_out, *back_into, user]


def path_delay_ms(lab, path):
    """What packets wait on it, by the access delays at both ends of each link. A router that follows itself, as the end of one tunnel
    and the beginning of the next, needs no link."""
    delays = [lab.node(name).delay_ms for name, _ in itertools.groupby(path)]
    return sum(here + there for here, there in itertools.pairwise(delays))
