"""A caller whose tor is a fake SOCKS proxy, and whose control port nobody answers: outbound calls need no more."""
import fake_servers
from configs import callee, caller
from onion_names import unserved_onion
from place import B_TUNNEL, EXTRA

ONION = unserved_onion()
# Nobody listens here.
_CONTROL = EXTRA + 1


def start(place, with_callee=True):
    """(caller's bridge, proxy)."""
    proxy = place.own(fake_servers.Socks((place.host, EXTRA), (place.host, B_TUNNEL)))
    # What is dialled shall be what the scenario asks for.
    tor = f'[standby]\nmax = 0\n[tor]\ncontrol = "{place.host}:{_CONTROL}"\nsocks = "{place.host}:{EXTRA}"\n'
    a = place.bridge("a", caller(place, f"tor:{ONION}:5060", None, tor)).start()
    if with_callee:
        place.bridge("b", callee(place)).start()
    return a, proxy
