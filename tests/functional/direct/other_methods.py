"""Everything but calls passes too, outside dialogs and within them, in both directions."""
from call import AS_TEXT, Call, Dialog
from configs import start_pair
from phone import make_strangers
from privacy import check_crossed
from sip.message import token
from waiting import equal

_HEADERS = [AS_TEXT, ("Priority", "urgent"), ("X-Unknown", "does not cross")]
_CROSSED = ("text/plain", "urgent", "")


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    make_strangers(alice, bob)
    for method in ("OPTIONS", "MESSAGE", "PUBLISH", "NEWMETHOD"):
        outside_dialogs(alice, bob, method, "sip:bob@bob.example")
    registration(alice, bob)
    subscription(alice, bob, "SUBSCRIBE", [("Event", "presence")], [("Event", "presence")], b"", b"")
    subscription(alice, bob, "REFER", [("Refer-To", '"Carol" <sip:carol@carol.example>')],
                 [("Event", "refer"), ("Content-Type", "message/sipfrag")],
                 b"SIP/2.0 200 Carol has answered\r\nServer: carols\r\n", b"SIP/2.0 200 OK\r\n")

    call = Call(alice, bob, headers=[("Supported", "100rel")]).send()
    reliable_ringing(call)
    call.pick_up().confirm()
    for end in ("caller", "callee"):
        for method in ("INFO", "UPDATE", "MESSAGE", "OPTIONS"):
            check_headers(call.in_dialog(end, method, _HEADERS, b"text \xf0\x9f\x98\x80"))
    for end in ("caller", "callee"):
        new_invite(call, end)
    call.hang_up()


def check_headers(got):
    equal((got.get("Content-Type"), got.get("Priority"), got.get("X-Unknown")), _CROSSED, f"headers of {got}")


def outside_dialogs(alice, bob, method, uri):
    request = alice.send(alice.request(method, uri, _HEADERS, b"hello"))
    got = bob.expect_new(method)
    equal((got.uri, got.body, got.get("CSeq")), (uri, b"hello", request.get("CSeq")), f"{method} at bob")
    check_headers(got)
    check_crossed(got, bob, opens_dialog=False)
    status = 202 if method == "MESSAGE" else 200
    bob.send(got.response(status, headers=[("Expires", "60"), ("X-Answer", "does not cross"), ("Server", bob.device)]))
    answer = alice.answer(request)
    equal((answer.status, answer.get("Expires"), answer.get("X-Answer")), (status, "60", ""), f"the answer to {method}")


def registration(alice, bob):
    """The registrar stores an address at its own bridge; the phone reads its own Contact in the answer."""
    mine = f"<{alice.address}>;expires=60"
    request = alice.send(alice.request("REGISTER", "sip:bob.example", [("Contact", mine + ';+sip.instance="<urn:uuid:1>"')]))
    got = bob.expect_new("REGISTER")
    stored = got.get("Contact")
    equal((stored.split("@")[1], len(got.all("Contact"))), (f"{bob.bridge_name}>;expires=60", 1), f"the Contact at bob: {stored}")
    foreign = "<sip:alice@198.51.100.9>;expires=10"
    bob.send(got.response(200, "OK", token(), [("Contact", stored), ("Contact", foreign)]))
    equal(alice.answer(request).all("Contact"), [mine], "the bindings in the answer")


def subscription(alice, bob, method, headers, notified, body, seen_body):  # pylint: disable=too-many-arguments
    """The NOTIFYs of the far end find their way back."""
    request = alice.send(alice.request(method, "sip:bob@bob.example", headers))
    got = bob.expect_new(method)
    check_crossed(got, bob)
    accepted = bob.send(got.response(202, "Accepted", token(), [("Contact", f"<{bob.address}>")]))
    answer = alice.answer(request)
    equal(answer.status, 202, f"the answer to {method}")
    sender, receiver = Dialog.of_callee(bob, got, accepted), Dialog.of_caller(alice, answer)
    for state in ("active;expires=60", "terminated"):
        notify = bob.send(sender.request("NOTIFY", [*notified, ("Subscription-State", state)], body))
        notify.body = seen_body  # what of it crosses
        at_alice = receiver.expect(notify)
        equal(at_alice.get("Subscription-State"), state, "the state")
        alice.send(at_alice.response(200))
        equal(bob.answer(notify).status, 200, "the answer to NOTIFY")


def reliable_ringing(call):
    """180 with RSeq and its PRACK (RFC 3262)."""
    response = call.respond(180, "Ringing", [("Require", "100rel"), ("RSeq", "1")])
    ringing = call.caller.expect(180, of=call.invite)
    equal((ringing.get("Require"), ringing.get("RSeq")), ("100rel", "1"), "Require and RSeq")
    early, callee = Dialog.of_caller(call.caller, ringing), Dialog.of_callee(call.callee, call.received, response)
    prack = call.caller.send(early.request("PRACK", [("RAck", "1 1 INVITE")]))
    got = callee.expect(prack)
    equal(got.get("RAck"), "1 1 INVITE", "RAck")
    call.callee.send(got.response(200))
    equal(call.caller.answer(prack).status, 200, "the answer to PRACK")


def new_invite(call, end):
    """A re-INVITE, as for holding a call."""
    sender, other = call.ends(end)
    request = sender.phone.send(sender.request("INVITE"))
    got = other.expect(request)
    other.phone.send(got.response(200, headers=[("Contact", f"<{other.phone.address}>")]))
    equal(sender.phone.answer(request).status, 200, "the answer to re-INVITE")
    other.expect(sender.phone.send(sender.request("ACK")))
