"""Raw round trips on the kind of path that a call takes, without sipveil: what the delay of calls is compared with."""
import concurrent.futures
import contextlib
import secrets

from labnet import socks5
from labnet.onion import OnionService

_VIRTUAL_PORT = 7


class RawPath:
    """An echo behind an onion service of `service`'s tor, reached by `user`'s tor, in a lab that is up."""

    def __init__(self, lab, user="alice", service="bob"):
        self._socks = lab.socket_path(user, "socks")
        self._onion = OnionService(lab.socket_path(service, "control"), {_VIRTUAL_PORT: f"unix:{lab.socket_path('echo', 'echo')}"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._onion.close()

    def wait_published(self):
        self._onion.wait_published()

    def round_trips_s(self, streams, each):
        """`each` echoes on each of `streams` streams, every one with a circuit of its own. Opened together, measured one by one."""
        with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(streams) as pool:
            opening = [pool.submit(self._open) for _ in range(streams)]
            opened = [stack.enter_context(contextlib.closing(future.result())) for future in opening]
            return [milliseconds / 1000 for stream in opened for milliseconds in socks5.round_trips_ms(stream, each)]

    def _open(self):
        # The user name that makes tor read the password as an isolation token (proposal 351), as the bridge does.
        return socks5.connect(self._socks, self._onion.host, _VIRTUAL_PORT, "<torS0X>0", secrets.token_hex(16))
