"""The whole trapezoid of the paper: between the proxies and to bob's phone through Tor, to alice's phone by her LAN."""
from callrun.tor_network import TorNetwork
from trapezoid_bed import both_ways, running

SLOW = True
# Each sipveil beside a proxy has its own tor; bob's phone shares that of the other side.
_USERS = {"sipveil-a": "alice", "sipveil-b": "bob", "phone-b": "alice"}


def scenario(place):
    with running(place, network=TorNetwork(place.tor), users=_USERS, options={"network": "tor"}) as bed:
        for name in ("call", "reinvite-by-callee", "cancel"):
            both_ways(bed, name)
