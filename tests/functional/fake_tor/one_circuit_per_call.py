"""What a proxy learns: the onion name as a name, a credential of its own for each call, never used twice; one link for all
messages of a call; the INVITE right behind CONNECT, which shows nothing of the caller."""
import through_socks
from call import AS_TEXT, Call
from callrun.calls import digest
from sip.message import Message
from waiting import check, equal


def scenario(place):
    a, proxy = through_socks.start(place)
    alice, bob = place.alice(), place.bob()
    calls = [Call(alice, bob).establish() for _ in range(3)]
    for call in calls:
        call.in_dialog("callee", "INFO")
        call.in_dialog("caller", "INFO")
    equal(len(proxy.requests), 3, "connections for 3 calls")
    for call in calls:
        call.hang_up()
    equal(len(proxy.requests), 3, "connections for 3 calls and their ends")
    message = alice.send(alice.request("MESSAGE", "sip:bob@bob.example", [AS_TEXT], b"hello"))
    bob.send(bob.expect_new("MESSAGE").response(200))
    equal(alice.answer(message).status, 200, "the answer to MESSAGE")
    equal(len(proxy.requests), 4, "connections for a message more")

    for request in proxy.requests:
        check(2 in request.methods, "user and password are not offered")
        check(0 not in request.methods, "a connection without credentials is offered, which shares its circuit")
        equal((request.address_type, request.host, request.port), (3, through_socks.ONION, 5060), "what was asked for")
        check(request.user and request.password, "an empty credential")
    credentials = {(request.user, request.password) for request in proxy.requests}
    equal(len(credentials), 4, "distinct credentials of 4 calls")
    spoken = b"".join(request.user + request.password for request in proxy.requests)
    wire_ids = {record["call"]: record["wire"] for record in a.status()["calls"]}
    for request, call in zip(proxy.requests, calls):
        check(request.early.startswith(b"INVITE "), "the INVITE waits for the reply to CONNECT")
        wire_id = Message.parse(request.early).call_id
        equal(digest(wire_id), wire_ids[digest(call.invite.call_id)], "the digest of the wire's Call-ID; the calls are mixed up")
        check(not [one for one in (wire_id, call.invite.call_id) if one.encode() in spoken], "a credential holds a Call-ID")
        shown = [word for phone in (alice, bob) for word in phone.private() if word.encode() in request.early]
        check(not shown, f"the proxy sees {shown} in\n{request.early.decode()}")
    check(a.alive(), "the bridge has ended")
