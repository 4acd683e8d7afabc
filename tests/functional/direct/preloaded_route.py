"""A phone that names the bridge in Route, as outbound proxies are set; one whose Route names another domain than its Request-URI;
and one whose Via gives no rport and another port."""
from call import Call
from configs import start_pair
from place import A_INNER, EXTRA
from sip.message import token
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    bridge = f"<sip:{place.host}:{A_INNER};lr>"
    # The Route decides on the peer, and has said everything with it: Call sees that none gets to the callee.
    for uri, route in (("sip:bob@bob.example", bridge),
                       ("sip:bob@no-route.example", "<sip:bob.example;lr>"),
                       ("sip:bob@no-route.example", f"{bridge}, <sip:bob.example;lr>")):
        Call(alice, bob, uri, [("Route", route)]).establish().hang_up()
    astray = Call(alice, alice, headers=[("Route", "<sip:no-route.example;lr>")])
    alice.send(astray.invite)
    answer = alice.answer(astray.invite)
    equal(answer.status, 404, "the answer to a Route without a peer")
    astray.acknowledge_refusal(answer)

    # RFC 3261 section 18.2.2: without rport the answer goes to the port of the Via.
    elsewhere = place.phone(EXTRA, A_INNER, "alice", host=place.alice_host)
    via = f"SIP/2.0/UDP {place.alice_host}:{EXTRA};branch=z9hG4bK{token()}"
    request = alice.send(alice.request("OPTIONS", f"sip:{place.host}:{A_INNER}", [("Via", via)]))
    answer = elsewhere.answer(request)
    equal((answer.status, answer.all("Via")), (200, [via]), "the answer at the port of the Via")
