"""A route with two peers: the second is asked when the first cannot be reached, not when it has answered."""
from call import Call
from configs import callee, caller
from place import EXTRA
from waiting import equal


def scenario(place):
    config = caller(place).replace('peers = ["bob"]', 'peers = ["first", {peer = "bob", priority = 2}]')
    config += f'[[peer]]\nname = "first"\naddress = "tcp:{place.host}:{EXTRA}"\nvia = "direct"\n'
    place.bridge("a", config).start()
    place.bridge("b", callee(place)).start()
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).establish()
    call.in_dialog("callee", "INFO")
    call.hang_up()
    other = callee(place).replace(":16060", f":{EXTRA}").replace(":15070", f":{EXTRA + 1}").replace(":15072", f":{EXTRA + 2}")
    place.bridge("first", other).start()
    first_phone = place.phone(EXTRA + 2, EXTRA + 1, "first")
    before = bob.count("INVITE")
    refused = Call(alice, first_phone).send()
    refused.refuse(486, "Busy Here")
    equal(alice.answer(refused.invite).status, 486, "the answer")
    bob.read_for(0.3)
    equal(bob.count("INVITE") - before, 0, "INVITEs at the second peer")
