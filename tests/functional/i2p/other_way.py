"""One callee, two ways, Tor first and I2P second: when the first way goes away in the middle of a call, the call goes on by the other,
and so does the next one. The callee sees each call once."""
import fake_servers
import i2p_calls
from call import Call
from configs import head
from onion_names import unserved_onion
from place import A_INNER, B_INNER, B_TUNNEL, BOB, EXTRA
from survival import one_call
from tor_events import calls_of
from waiting import equal

SLOW = True


def scenario(place):
    lab = place.i2p
    own_listener = f'[tunnel]\nlisten = ["{place.host}:{B_TUNNEL}"]\n'
    b = place.bridge("b", head(f"{place.host}:{B_INNER}", f"{place.host}:{BOB}") + i2p_calls.i2p_section(lab, "bob") + own_listener
                     + "[destination]\n" + i2p_calls.TUNNELS).start()
    destination = i2p_calls.reachable(b)
    # Stands for tor: the drills have the real one.
    proxy = place.own(fake_servers.Socks((place.host, EXTRA), (place.host, B_TUNNEL)))
    a = place.bridge("a", config(place, i2p_calls.i2p_section(lab, "alice"), destination)).start()
    i2p_calls.filled(a)
    alice, bob = i2p_calls.phones(place)

    call = Call(alice, bob, "sip:bob-1@bob.example").establish()
    equal(calls_of(a)[-1]["way"], "bob", "the way of a call while both are there")
    proxy.close()
    call.in_dialog("caller", "INFO")
    call.hang_up()
    one_call(call)
    call = Call(alice, bob, "sip:bob-2@bob.example").establish()
    equal(calls_of(a)[-1]["way"], "bob-i2p", "the way of a call without tor")
    call.hang_up()
    one_call(call)


def config(place, i2p, destination):
    ways = [f'[[peer]]\nname = "bob"\naddress = "tor:{unserved_onion()}:5060"\nvia = "socks:{place.host}:{EXTRA}"\n',
            f'[[peer]]\nname = "bob-i2p"\naddress = "i2p:{destination}"\nsame_as = "bob"\n',
            '[[route]]\ndomain = "bob.example"\npeers = [{ peer = "bob", priority = 1 }, { peer = "bob-i2p", priority = 2 }]\n']
    return head(f"{place.host}:{A_INNER}") + i2p + "".join(ways)
