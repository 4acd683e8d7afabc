"""Raw round trips of the path that calls take, without sipveil, measured while calls go on: the limit of their delay."""
import concurrent.futures
import contextlib
import socket
import threading
import time

from callrun.errors import RunError
from callrun.i2p_network import TUNNEL_LENGTH
from callrun.paths import DESTINATION, EXIT, HTTP
from callrun.raw_path import I2pHttpRawPath, I2pRawPath, TorRawPath
from delaytables import ways
from delaytables.beds import users
from labnet.errors import LabError

_START_S = 300.0   # for the first stream: an I2P destination may be out of reach for two minutes
_REOPEN_S = 120.0  # for a later one
_ECHO_S = 20.0     # a call has been given up long before
_PAUSE_S = 1.0     # before another try
_LOOK_S = 0.1
# Echoes on a stream, then another circuit or session: many circuits, as calls have them, but sessions take 5 to 20 s each. Streams by an
# HTTP proxy all go by the same tunnels.
_ECHOES = {"tor": 3, "i2p": 20}
_BROKEN = (LabError, OSError, EOFError)


class RawLane:
    """A leg for each passage of a call through the network: from the caller's proxy to the callee's and from there to the callee's phone,
    or from phone to phone. A context. stop() may come from another thread and ends what is going on with a RunError."""

    def __init__(self, way_name, topology, ground, lane):
        self._way = ways.WAYS[way_name]
        self._lab = ground.labs[self._way.network]
        self._stopped = threading.Event()
        self._legs = [_Leg(self._path(caller, callee), _ECHOES[self._way.network], self._stopped)
                      for caller, callee in self._ends(topology, *users(lane))]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, report=lambda sentence: None):
        """Both legs are open when it returns. RunError if one cannot be opened."""
        report("raw round trips: opens a stream for each leg")
        begin = time.monotonic()
        threads = [threading.Thread(target=leg.start, args=(begin + _START_S,), daemon=True) for leg in self._legs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for leg in self._legs:
            leg.check()
        report(f"raw round trips: open after {time.monotonic() - begin:.1f} s")

    def measure(self):
        """(seconds, seconds or None): one echo of 600 bytes on each leg, one after the other. A leg that breaks is opened anew; RunError if
        it cannot be, or after stop()."""
        seconds = [leg.echo() for leg in self._legs]
        return seconds[0], seconds[1] if len(seconds) > 1 else None

    def stop(self):
        self._stopped.set()
        for leg in self._legs:
            leg.stop()

    def _ends(self, topology, at_a, at_b, at_p):
        """(caller, callee) of each leg. Where the callee's phone is reached by the link of its registration, the phone has opened it; through
        an exit the callee is the lab's echo server, whoever it stands for."""
        if topology == ways.PHONES:
            return [(at_a, at_p)]
        named = self._way.path not in (EXIT, HTTP)
        return [(at_a, at_b), (at_b, at_p) if named else (at_p, at_b)]

    def _path(self, caller, callee):
        """A function that makes the RawPath of a leg."""
        if self._way.path == DESTINATION:
            return lambda: I2pRawPath(self._lab, TUNNEL_LENGTH, caller, callee)
        if self._way.path == HTTP:
            return lambda: I2pHttpRawPath(self._lab, TUNNEL_LENGTH, caller, callee)
        return lambda: TorRawPath(self._lab, self._way.path, caller, callee)


class _Leg:
    """`make_path`: makes its RawPath. `most`: echoes on a stream."""

    def __init__(self, make_path, most, stopped):
        self._make_path, self._most, self._stopped = make_path, most, stopped
        self._lock = threading.Lock()
        self._path = self._stream = self._failure = None
        self._left = 0

    def start(self, deadline):
        """check() tells whether it went well."""
        try:
            self._make(deadline)
            self._open(deadline)
        except _BROKEN as error:
            self._failure = RunError(f"raw round trips: {error}")
        except RunError as error:
            self._failure = error

    def check(self):
        if self._failure:
            raise self._failure

    def echo(self):
        """Seconds."""
        deadline = time.monotonic() + _REOPEN_S
        while True:
            if self._left == 0:
                self._drop()
                self._open(deadline)
            stream = self._stream
            if stream is None:
                raise _stopped()
            self._left -= 1
            try:
                return stream.round_trips_ms(1)[0] / 1000
            except _BROKEN as error:
                self._left = 0
                self._check_time(deadline, error)

    def stop(self):
        self._drop()
        with self._lock:
            path, self._path = self._path, None
        if path:
            path.close()

    def _make(self, deadline):
        while self._path is None:
            try:
                path = self._in_thread(self._make_published, lambda path: path.close())
            except _BROKEN as error:
                self._check_time(deadline, error)
                continue
            with self._lock:
                self._path = path
            if self._stopped.is_set():
                self.stop()
                raise _stopped()

    def _make_published(self):
        path = self._make_path()
        try:
            path.wait_published()
            return path
        except BaseException:
            path.close()
            raise

    def _open(self, deadline):
        while True:
            try:
                stream = self._in_thread(self._path.open, lambda stream: stream.close())
                break
            except _BROKEN as error:
                self._check_time(deadline, error)
        stream.socket.settimeout(_ECHO_S)
        with self._lock:
            self._stream, self._left = stream, self._most
        if self._stopped.is_set():
            self._drop()
            raise _stopped()

    def _check_time(self, deadline, error):
        """Raises if there is no use in another try."""
        if self._stopped.wait(_PAUSE_S):
            raise _stopped()
        if time.monotonic() > deadline:
            raise RunError(f"raw round trips: {error}") from error

    def _drop(self):
        with self._lock:
            stream, self._stream, self._left = self._stream, None, 0
        if stream:
            with contextlib.suppress(OSError):
                stream.socket.shutdown(socket.SHUT_RDWR)  # ends an echo that another thread waits for
            stream.close()

    def _in_thread(self, function, undo):
        """What function() returns or raises, or RunError after stop(): it is not waited for then, and undone once it is through."""
        future = concurrent.futures.Future()  # without an executor: that would wait for its threads at the end of the program

        def work():
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        while not self._stopped.is_set():
            concurrent.futures.wait([future], _LOOK_S)
            if future.done():
                return future.result()
        future.add_done_callback(lambda done: done.exception() or undo(done.result()))
        raise _stopped()


def _stopped():
    return RunError("raw round trips: stopped")
