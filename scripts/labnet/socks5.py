"""A small SOCKS5 client (RFC 1928, 1929) that always leaves the name to the proxy."""
import socket
import struct
import time

from labnet.errors import LabError

# tor's ExtendedErrors (proposal 304) and RFC 1928's own.
REPLIES = {
    0x01: "general failure", 0x02: "not allowed", 0x03: "network unreachable", 0x04: "host unreachable",
    0x05: "connection refused", 0x06: "timed out", 0x07: "command not supported", 0x08: "address type not supported",
    0xF0: "onion descriptor not found", 0xF1: "onion descriptor invalid", 0xF2: "introduction failed",
    0xF3: "rendezvous failed", 0xF4: "client authorization missing", 0xF5: "client authorization wrong",
    0xF6: "onion address invalid", 0xF7: "introduction timed out",
}


class SocksError(LabError):
    def __init__(self, code):
        super().__init__(f"SOCKS reply {code:#04x}: {REPLIES.get(code, 'unknown')}")
        self.code = code


def connect(proxy, host, port, username=None, password="x", timeout=60.0):
    """A connected socket to host:port. `proxy` is the path of a unix socket or (address, port)."""
    if isinstance(proxy, tuple):
        stream = socket.create_connection(proxy, timeout)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    else:
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(timeout)
        stream.connect(str(proxy))
    try:
        _negotiate(stream, username, password)
        name = host.encode("ascii")
        stream.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack(">H", port))
        _, code, _, address_type = receive_exactly(stream, 4)
        if code:
            raise SocksError(code)
        receive_exactly(stream, {1: 4, 4: 16}[address_type] + 2)
        return stream
    except BaseException:
        stream.close()
        raise


def round_trips_ms(stream, count, size=600):
    """Times of `count` echoes of `size` bytes, one after the other. 600 bytes: about a SIP message, two cells."""
    message = b"x" * size
    times = []
    for _ in range(count):
        begin = time.monotonic()
        stream.sendall(message)
        receive_exactly(stream, size)
        times.append((time.monotonic() - begin) * 1000)
    return times


def receive_exactly(stream, size):
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise EOFError(f"closed after {len(data)} of {size} bytes")
        data += part
    return data


def _negotiate(stream, username, password):
    if username is None:
        stream.sendall(b"\x05\x01\x00")
        expected = b"\x05\x00"
    else:
        stream.sendall(b"\x05\x01\x02")
        expected = b"\x05\x02"
    if receive_exactly(stream, 2) != expected:
        raise SocksError(0x01)
    if username is not None:
        user, secret = username.encode(), password.encode()
        stream.sendall(bytes([1, len(user)]) + user + bytes([len(secret)]) + secret)
        if receive_exactly(stream, 2)[1] != 0:
            raise SocksError(0x02)
