"""asking.py NAME COMMAND...: what a program must never do, so that the audit has something to find: a question to a resolver goes out for
NAME, and its socket stays open in COMMAND, which the process becomes.
"""
import os
import pathlib
import socket
import struct
import sys

_RESOLVER = ("192.0.2.53", 53)  # RFC 5737: an address that belongs to nobody
_RECURSIVE, _ADDRESS, _INTERNET = 0x0100, 1, 1


def command(name, then):
    """The command line that does so."""
    return ["/usr/bin/python3", "-B", str(pathlib.Path(__file__).resolve()), name, *(str(part) for part in then)]


def question(name):
    """As RFC 1035 section 4.1 has it."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return struct.pack("!HHHHHH", 1, _RECURSIVE, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, _ADDRESS, _INTERNET)


def _main():
    name, *then = sys.argv[1:]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(_RESOLVER)
    sock.send(question(name))
    sock.set_inheritable(True)
    os.execvp(then[0], then)


if __name__ == "__main__":
    _main()
