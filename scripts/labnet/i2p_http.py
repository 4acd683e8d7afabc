"""Streams by CONNECT (RFC 9110 9.3.6) to the HTTP proxy of a router."""
import contextlib
import re
import socket
import time

from labnet import socks5
from labnet.errors import LabError

_LONGEST_HEAD = 65_536     # with a refusal i2pd sends a page, which is not read
_FIRST_BYTE_SECONDS = 5.0  # i2pd closes a stream that nobody answers after 10 s; no round trip here takes as long as this
_PAUSE_SECONDS = 0.5


class HttpError(LabError):
    """The proxy refused. code: its status."""

    def __init__(self, code):
        super().__init__(f"the HTTP proxy refused: {code}")
        self.code = code


def connect(proxy, host, port, timeout=30.0):
    """A connected socket to host:port. `proxy`: the path of its unix socket. That it is there does not mean that somebody answers."""
    stream = socket.socket(socket.AF_UNIX)
    try:
        stream.settimeout(timeout)
        stream.connect(str(proxy))
        stream.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode("ascii"))
        head = b""
        while b"\r\n\r\n" not in head:  # byte by byte: what follows belongs to the stream
            head += socks5.receive_exactly(stream, 1)
            if len(head) > _LONGEST_HEAD:
                raise LabError("the HTTP proxy sent an endless head")
        status = re.match(rb"HTTP/1\.[01] (\d{3})\b", head)
        if not status or status[1] != b"200":
            raise HttpError(status[1].decode() if status else "no status")
        return stream
    except BaseException:
        stream.close()
        raise


def open_echo(proxy, host, port, timeout=120.0):
    """A stream to an echo, once bytes came back on it: a router may not know yet where its destination is. LabError if none does in
    time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with contextlib.suppress(HttpError, TimeoutError, EOFError, ConnectionError):
            stream = connect(proxy, host, port)
            try:
                stream.settimeout(_FIRST_BYTE_SECONDS)
                socks5.round_trips_ms(stream, 1, 1)
                return stream
            except BaseException:
                stream.close()
                raise
        time.sleep(_PAUSE_SECONDS)
    raise LabError(f"no echo from {host} by the HTTP proxy in time")
