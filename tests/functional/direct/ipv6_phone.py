"""A phone at [::1]."""
import socket

from call import Call
from configs import callee, head, peer
from place import B_TUNNEL
from waiting import equal


def free_port():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as one:
        return one.getsockname()[1]


def scenario(place):
    a_port, b_port, bob_port = free_port(), free_port(), free_port()
    place.bridge("a", head(f"[::1]:{a_port}") + peer(f"tcp:{place.host}:{B_TUNNEL}", "direct")).start()
    place.bridge("b", callee(place, listen=f"[::1]:{b_port}", deliver=f"[::1]:{bob_port}")).start()
    alice = place.phone(0, a_port, "alice", host="::1")
    bob = place.phone(bob_port, b_port, "bob", host="::1")
    for end in ("caller", "callee"):
        call = Call(alice, bob).establish()
        equal(call.received.get("Via").split()[1].split(";")[0], f"[::1]:{b_port}", "sent-by at bob")
        call.in_dialog("callee", "INFO")
        call.hang_up(end)
