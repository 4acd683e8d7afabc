"""Who is at the other end of a Unix socket, which /proc does not tell: the kernel's own table (sock_diag(7))."""
import dataclasses
import socket
import struct

from leakaudit.errors import AuditError

_SOCK_DIAG_BY_FAMILY = 20
_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_SHOW_NAME_AND_PEER = 0x1 | 0x4  # UDIAG_SHOW_NAME, UDIAG_SHOW_PEER
_UNIX_DIAG_NAME, _UNIX_DIAG_PEER = 0, 2
_EVERY_STATE = 0xFFFFFFFF
_HEAD, _MESSAGE, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBBBIII"), struct.Struct("=HH")
_LARGEST = 1 << 16


@dataclasses.dataclass(frozen=True)
class UnixSocket:
    """`path`: what it is bound to, "" if nothing; an accepted one has that of its listener. `peer`: the inode of the other end, 0 if
    there is none, or nobody has accepted yet."""
    path: str
    peer: int


def table(sock):
    """{inode: UnixSocket} of every Unix socket of a network namespace. `sock`: "unix-table" of in_node.py, opened there."""
    body = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, _EVERY_STATE, 0, _SHOW_NAME_AND_PEER, 0, 0)
    sock.send(_HEAD.pack(_HEAD.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0) + body)
    found = {}
    while True:
        data = sock.recv(_LARGEST)
        while data:
            size, kind, *_ = _HEAD.unpack_from(data)
            if kind == _NLMSG_DONE:
                return found
            if kind == _NLMSG_ERROR:
                raise AuditError("the kernel does not tell of Unix sockets")
            inode, one = _parsed(data[_HEAD.size:size])
            found[inode] = one
            data = data[_aligned(size):]


def _parsed(message):
    inode = _MESSAGE.unpack_from(message)[4]
    path, peer, at = "", 0, _MESSAGE.size
    while at + _ATTRIBUTE.size <= len(message):
        size, kind = _ATTRIBUTE.unpack_from(message, at)
        value = message[at + _ATTRIBUTE.size:at + size]
        if kind == _UNIX_DIAG_NAME:
            path = value.rstrip(b"\0").decode("utf-8", "replace")
        elif kind == _UNIX_DIAG_PEER:
            (peer,) = struct.unpack("=I", value)
        at += _aligned(size)
    return inode, UnixSocket(path, peer)


def _aligned(size):
    return size + 3 & ~3
