"""A port that is taken, by UDP or TCP, inside or outside: exit 2 and one line that names it."""
import socket

from configs import callee
from place import B_INNER, B_TUNNEL
from waiting import check


def scenario(place):
    bridge = place.bridge("b", callee(place))
    for kind, port in ((socket.SOCK_DGRAM, B_INNER), (socket.SOCK_STREAM, B_INNER), (socket.SOCK_STREAM, B_TUNNEL)):
        with socket.socket(socket.AF_INET, kind) as holder:
            holder.bind((place.host, port))
            if kind == socket.SOCK_STREAM:
                holder.listen()
            line = bridge.refused_to_start()
        check(f"{place.host}:{port}" in line and "] listen" in line, f"does not name port and key: {line}")
    bridge.start()
    bridge.terminate()
    bridge.expected_codes = {0}
