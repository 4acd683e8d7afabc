"""Everything but calls passes too, outside dialogs and within them, in both directions."""
from call import Call, Dialog
from configs import start_pair
from message import token
from waiting import equal

_TEXT = [("Content-Type", "text/plain"), ("X-Unknown", "kept as it is")]


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    for method in ("OPTIONS", "MESSAGE", "PUBLISH", "NEWMETHOD"):
        outside_dialogs(alice, bob, method, "sip:bob@bob.example")
    outside_dialogs(alice, bob, "REGISTER", "sip:bob.example")
    subscription(alice, bob, "SUBSCRIBE", [("Event", "presence")])
    subscription(alice, bob, "REFER", [("Refer-To", "<sip:carol@carol.example>")])

    call = Call(alice, bob, headers=[("Supported", "100rel")]).send()
    reliable_ringing(call)
    call.pick_up().confirm()
    for end in ("caller", "callee"):
        for method in ("INFO", "UPDATE", "MESSAGE", "OPTIONS"):
            got = call.in_dialog(end, method, _TEXT, b"text \xf0\x9f\x98\x80")
            equal(got.get("X-Unknown"), "kept as it is", "a header that nobody knows")
    for end in ("caller", "callee"):
        new_invite(call, end)
    call.hang_up()


def outside_dialogs(alice, bob, method, uri):
    request = alice.send(alice.request(method, uri, _TEXT, b"hello"))
    got = bob.expect(method, of=request)
    equal((got.uri, got.body, got.get("X-Unknown")), (uri, b"hello", "kept as it is"), f"{method} at bob")
    bob.send(got.response(202 if method == "MESSAGE" else 200, headers=[("X-Answer", "yes")]))
    equal(alice.answer(request).get("X-Answer"), "yes", f"the answer to {method}")


def subscription(alice, bob, method, headers):
    """The NOTIFYs of the far end find their way back."""
    request = alice.send(alice.request(method, "sip:bob@bob.example", headers))
    got = bob.expect(method, of=request)
    accepted = bob.send(got.response(202, "Accepted", token(), [("Contact", f"<{bob.address}>")]))
    equal(alice.answer(request).status, 202, f"the answer to {method}")
    dialog = Dialog.of_callee(bob, got, accepted)
    for state in ("active;expires=60", "terminated"):
        notify = bob.send(dialog.request("NOTIFY", [("Event", "presence"), ("Subscription-State", state)]))
        at_alice = alice.expect("NOTIFY", of=notify)
        alice.send(at_alice.response(200))
        equal(bob.answer(notify).status, 200, "the answer to NOTIFY")


def reliable_ringing(call):
    """180 with RSeq and its PRACK (RFC 3262)."""
    call.callee.send(call.received.response(180, "Ringing", "early", [
        ("Contact", f"<{call.callee.address}>"), ("Require", "100rel"), ("RSeq", "1")]))
    ringing = call.caller.expect(180, of=call.invite)
    early = Dialog.of_caller(call.caller, ringing)
    prack = call.caller.send(early.request("PRACK", [("RAck", "1 1 INVITE")]))
    call.callee.send(call.callee.expect("PRACK", of=prack).response(200))
    equal(call.caller.answer(prack).status, 200, "the answer to PRACK")


def new_invite(call, end):
    """A re-INVITE, as for holding a call."""
    sender, other = (call.caller_end, call.callee) if end == "caller" else (call.callee_end, call.caller)
    request = sender.phone.send(sender.request("INVITE"))
    got = other.expect("INVITE", of=request)
    other.send(got.response(200, headers=[("Contact", f"<{other.address}>")]))
    equal(sender.phone.answer(request).status, 200, "the answer to re-INVITE")
    sender.phone.send(sender.request("ACK"))
    other.expect("ACK", of=request)
