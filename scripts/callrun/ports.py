"""Ports on loopback that nobody uses."""
import contextlib
import socket


def free(count):
    """`count` ports that were free for both UDP and TCP at this moment: what listens next should take them soon."""
    ports = []
    with contextlib.ExitStack() as held:  # all at once, so that no port is given twice
        while len(ports) < count:
            tcp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                ports.append(tcp.getsockname()[1])
    return ports
