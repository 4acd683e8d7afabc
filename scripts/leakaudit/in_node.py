"""in_node.py FD WHAT...: opens sockets where it runs and hands them over through the Unix socket FD, one for each WHAT.

"udp:HOST:PORT" is bound, "packets" sees all packets of this network namespace (it takes the right CAP_NET_RAW), "unix-table" asks the
kernel for its Unix sockets.
"""
import socket
import sys

# sock_diag(7)
_NETLINK_SOCK_DIAG = 4

_EVERY_PROTOCOL = 3
_RECEIVE_BUFFER = 64 << 20
_FORCE = 33  # SO_RCVBUFFORCE: beyond the system's bound, for root


def _open(what):
    if what == "packets":
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_EVERY_PROTOCOL))
        try:
            sock.setsockopt(socket.SOL_SOCKET, _FORCE, _RECEIVE_BUFFER)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        return sock
    if what == "unix-table":
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
    _, host, port = what.split(":")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, int(port)))
    return sock


def _main():
    try:
        sockets = [_open(what) for what in sys.argv[2:]]
    except OSError as error:
        sys.exit(error.strerror)
    with socket.socket(fileno=int(sys.argv[1])) as to:
        socket.send_fds(to, [b"x"], [sock.fileno() for sock in sockets])


if __name__ == "__main__":
    _main()
