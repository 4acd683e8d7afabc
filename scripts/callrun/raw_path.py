"""Raw round trips on the kind of path that a call takes, without sipveil: what the delay of calls is compared with."""
import concurrent.futures
import contextlib
import secrets

from callrun.paths import EXIT, ONION, SINGLE_HOP
from labnet import socks5
from labnet.onion import OnionService
from labnet.single_hop import SingleHopService

_VIRTUAL_PORT = 7
_AT_ONCE = 4  # streams that are opened together: a few, so that their circuits do not wait for each other's


class RawPath:
    """An echo that `user`'s tor reaches as calls reach the callee: through an exit, as an onion service of `service`'s tor, or as a
    single-hop one. In a lab that is up."""

    def __init__(self, lab, path=ONION, user="alice", service="bob"):
        self._socks = lab.socket_path(user, "socks")
        self._service = None
        targets = {_VIRTUAL_PORT: f"unix:{lab.socket_path('echo', 'echo')}"}
        if path == ONION:
            self._service = OnionService(lab.socket_path(service, "control"), targets)
        elif path == SINGLE_HOP:
            self._service = SingleHopService(lab, targets)
        else:
            assert path == EXIT
            echo = lab.status()["echo"]
            self._exit_target = echo["host"], echo["port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._service:
            self._service.close()

    def wait_published(self):
        if self._service:
            self._service.wait_published()

    def round_trips_s(self, streams, each):
        """`each` echoes on each of `streams` streams, every one with a circuit of its own, as tor chooses it. Opened some at a time,
        measured one by one while nothing is being opened."""
        times = []
        while streams > 0:
            now = min(streams, _AT_ONCE)
            streams -= now
            with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(now) as pool:
                opening = [pool.submit(self._open) for _ in range(now)]
                opened = [stack.enter_context(contextlib.closing(future.result())) for future in opening]
                times += [milliseconds / 1000 for stream in opened for milliseconds in socks5.round_trips_ms(stream, each)]
        return times

    def _open(self):
        # The user name that makes tor read the password as an isolation token (proposal 351), as the bridge does.
        host, port = (self._service.host, _VIRTUAL_PORT) if self._service else self._exit_target
        return socks5.connect(self._socks, host, port, "<torS0X>0", secrets.token_hex(16))
