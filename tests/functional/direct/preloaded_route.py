"""A phone that names the bridge in Route, as outbound proxies are set; and one whose Via gives no rport and another port."""
from call import Call
from configs import start_pair
from place import A_INNER, EXTRA
from message import token
from waiting import check, equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob, headers=[("Route", f"<sip:{place.host}:{A_INNER};lr>")]).establish()
    check(not call.received.all("Route"), "the bridge's Route goes on to the callee")
    call.hang_up()

    # RFC 3261 section 18.2.2: without rport the answer goes to the port of the Via.
    elsewhere = place.phone(EXTRA, A_INNER, "alice")
    request = alice.request("OPTIONS", f"sip:{place.host}:{A_INNER}")
    alice.send(request.set("Via", f"SIP/2.0/UDP {place.host}:{EXTRA};branch=z9hG4bK{token()}"))
    equal(elsewhere.answer(request).status, 200, "the answer at the port of the Via")
