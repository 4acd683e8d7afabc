"""Raw round trips on the kind of path that a call takes, without sipveil: what the delay of calls is compared with."""
import concurrent.futures
import contextlib
import secrets

from callrun.network import RawTimes
from callrun.paths import EXIT, ONION, SINGLE_HOP
from labnet import i2p_http, socks5
from labnet.i2p_measure import EchoDestination, EchoStream
from labnet.onion import OnionService
from labnet.single_hop import SingleHopService

_VIRTUAL_PORT = 7
_AT_ONCE = 4  # streams that are opened together: a few, so that their circuits do not wait for each other's


class RawPath:
    """An echo that the user `caller` reaches as calls reach `callee`, in a lab that is up; a context."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        raise NotImplementedError

    def wait_published(self):
        """Until the echo can be reached."""

    def open(self):
        """A new stream to it, by a circuit or session of its own as the network chooses it, with close(), round_trips_ms(count) and its
        socket."""
        raise NotImplementedError

    def times(self, streams, each):
        """RawTimes of `each` echoes on each of `streams` streams. Opened some at a time, measured one by one while nothing is being
        opened."""
        times = RawTimes([], [])
        while streams > 0:
            now = min(streams, _AT_ONCE)
            streams -= now
            with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(now) as pool:
                opening = [pool.submit(self.open) for _ in range(now)]
                concurrent.futures.wait(opening)
                opened = [stack.enter_context(contextlib.closing(one.result())) for one in opening if not one.exception()]
                for one in opening:
                    one.result()  # raises what was wrong with it, now that the others will be closed
                for stream in opened:
                    seconds = [milliseconds / 1000 for milliseconds in stream.round_trips_ms(each)]
                    times += RawTimes(seconds, seconds[:1])
        return times


class TorRawPath(RawPath):
    """Through an exit, to an onion service of the callee's tor, or to a single-hop one."""

    def __init__(self, lab, path=ONION, caller="alice", callee="bob"):
        self._socks = lab.socket_path(caller, "socks")
        self._service = None
        targets = {_VIRTUAL_PORT: f"unix:{lab.socket_path('echo', 'echo')}"}
        if path == ONION:
            self._service = OnionService(lab.socket_path(callee, "control"), targets)
        elif path == SINGLE_HOP:
            self._service = SingleHopService(lab, targets)
        else:
            assert path == EXIT
            echo = lab.status()["echo"]
            self._exit_target = echo["host"], echo["port"]

    def close(self):
        if self._service:
            self._service.close()

    def wait_published(self):
        if self._service:
            self._service.wait_published()

    def open(self):
        host, port = (self._service.host, _VIRTUAL_PORT) if self._service else self._exit_target
        # The user name that makes tor read the password as an isolation token (proposal 351), as the bridge does.
        return _Stream(socks5.connect(self._socks, host, port, "<torS0X>0", secrets.token_hex(16)))


class _Stream:
    def __init__(self, stream):
        self.socket = stream
        self.close = stream.close

    def round_trips_ms(self, count):
        return socks5.round_trips_ms(self.socket, count)


class I2pRawPath(RawPath):
    """By SAM to a destination of the callee's router, with tunnels as calls have them. A stream has carried a byte and its echo before it
    is measured, as a standby link has carried pings."""

    def __init__(self, lab, tunnel_length, caller="alice", callee="bob"):
        self._lab, self._caller, self._tunnel_length = lab, caller, tunnel_length
        self._echo = EchoDestination(lab, callee, tunnel_length)

    def close(self):
        self._echo.close()

    def open(self):
        return EchoStream(self._lab, self._caller, self._echo.host, self._tunnel_length)


class I2pHttpRawPath(I2pRawPath):
    """The same by CONNECT to the HTTP proxy of the caller's router, which has one destination, and tunnels of its own length, for all."""

    def open(self):
        return _Stream(i2p_http.open_echo(self._lab.socket_path(self._caller, "http_proxy"), self._echo.host, _VIRTUAL_PORT))
