"""Calls whose link is hurt in each of their parts, and what both phones see of that."""
import itertools

import fake_servers
from call import Call
from configs import callee, caller
from onion_names import unserved_onion
from place import B_TUNNEL, EXTRA
from waiting import Failure, equal

_numbers = itertools.count(1)


def behind_proxy(place, more=""):
    """Both bridges and a SOCKS proxy between them: (alice's bridge with standby links ready, proxy)."""
    proxy = place.own(fake_servers.Socks((place.host, EXTRA), (place.host, B_TUNNEL)))
    proxy.early_patience = 0.05
    a = place.bridge("a", caller(place, f"tor:{unserved_onion()}:5060", f"socks:{place.host}:{EXTRA}", more)).start()
    place.bridge("b", callee(place)).start()
    a.wait_status(lambda status: status["standby"][0]["ready"] >= 1, "a standby link")
    return a, proxy


def in_use(proxy):
    """Passages that have carried a call; those opened ahead have not."""
    return [passage for passage in proxy.passages if b"SIP/2.0" in passage.said]


def all_parts(alice, bob, hurt):
    """hurt() does it to the links of the calls in progress. The callee's bridge cannot dial the caller's."""
    for part in (before_ringing, while_ringing, before_ack, bye_of_callee, invite_of_callee, bye_of_caller):
        call = Call(alice, bob, f"sip:bob-{next(_numbers)}@bob.example")
        try:
            part(call, hurt)
            one_call(call)
        except Failure as error:
            raise Failure(f"{part.__name__}: {error}") from error


def before_ringing(call, hurt):
    call.send()
    hurt()
    call.ring().pick_up().confirm()
    call.in_dialog("callee", "INFO")
    call.hang_up()


def while_ringing(call, hurt):
    call.send().ring()
    hurt()
    call.pick_up().confirm()
    call.hang_up("callee")


def before_ack(call, hurt):
    call.send().ring().pick_up()
    hurt()
    call.confirm()
    call.hang_up("callee")


def bye_of_callee(call, hurt):
    call.establish()
    hurt()
    call.hang_up("callee")


def invite_of_callee(call, hurt):
    call.establish()
    hurt()
    sender, other = call.ends("callee")
    request = sender.phone.send(sender.request("INVITE"))
    got = other.expect(request)
    hurt()
    other.phone.send(got.response(200, headers=[("Contact", f"<{other.phone.address}>")]))
    equal(sender.phone.answer(request).status, 200, "the answer to re-INVITE")
    other.expect(sender.phone.send(sender.request("ACK")))
    call.hang_up("callee")


def bye_of_caller(call, hurt):
    call.establish()
    hurt()
    call.hang_up()


def one_call(call):
    """Whatever was repeated: the callee got one INVITE that opens a dialog, and one of each other request (those that repeat it on
    UDP have its branch); the caller got the answers of one callee."""
    received = {}
    for _, message in call.callee.log:
        if message.is_request and message.method != "ACK" and message.call_id == call.received.call_id:
            received.setdefault((message.method, message.get("CSeq")), set()).add(message.branch)
    opened = {(message.call_id, message.branch) for _, message in call.callee.log
              if message.is_request and message.method == "INVITE" and message.to_tag is None and message.uri == call.invite.uri}
    equal(len(opened), 1, "INVITEs at the callee that open a dialog")
    equal({key: len(branches) for key, branches in received.items()}, dict.fromkeys(received, 1), "transactions at the callee")
    tags = {message.to_tag for _, message in call.caller.log
            if message.status and message.status > 100 and message.call_id == call.invite.call_id and message.get("CSeq") == "1 INVITE"}
    equal(len(tags), 1, f"callees that answered: {tags}")
