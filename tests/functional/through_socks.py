"""A caller whose tor is a fake SOCKS proxy, and whose control port nobody answers: outbound calls need no more."""
import fake_servers
from configs import callee, caller
from place import B_TUNNEL, EXTRA

# A valid v3 address (its checksum is right); nobody has its key.
ONION = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
# Nobody listens here.
_CONTROL = EXTRA + 1


def start(place, with_callee=True):
    """(caller's bridge, proxy)."""
    proxy = place.own(fake_servers.Socks((place.host, EXTRA), (place.host, B_TUNNEL)))
    tor = f'[tor]\ncontrol = "{place.host}:{_CONTROL}"\nsocks = "{place.host}:{EXTRA}"\n'
    a = place.bridge("a", caller(place, f"tor:{ONION}:5060", None, tor)).start()
    if with_callee:
        place.bridge("b", callee(place)).start()
    return a, proxy
