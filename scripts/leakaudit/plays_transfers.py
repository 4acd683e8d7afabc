"""Scenarios: calls that are transferred."""
import urllib.parse

from leakaudit.agent import Silence
from leakaudit.steps import SDP, arrived, established, exchange, hung_up, invite, picked_up, scenario
from sip.message import parameter, uri_of


def _refer(sender, end, receiver, target):
    referred_by = f"\"{sender.person.display}\" <{sender.person.address}>;x={sender.plant.text('Referred-By parameter')}"
    got, answer = exchange(sender, end, receiver, "REFER", [("Refer-To", target), ("Referred-By", referred_by)],
                            answer=(202, "Accepted"))
    if got is None:
        raise Silence(f"REFER does not reach {receiver.plant.owner}: answered with {answer.start[8:]!r}")
    return got, answer.status


def _notify_of_transfer(sender, end, receiver, status, state):
    fragment = f"SIP/2.0 {status}\r\nServer: {sender.plant.text('sipfrag Server')}\r\nContact: {sender.contact}\r\n"
    return exchange(sender, end, receiver, "NOTIFY", [
        ("Event", "refer"), ("Subscription-State", state), ("Content-Type", "message/sipfrag;version=2.0")],
                    fragment.encode())[1].status


def _follow(cast, target, headers=()):
    """The callee calls the target of a REFER; returns its end of the dialog and the third party's."""
    callee, third = cast.callee, cast.third
    request = callee.request("INVITE", uri_of(target).partition("?")[0], None, [SDP, *headers], callee.plant.sdp(4))
    request = callee.begin(request, (third,))
    got = third.receive("INVITE", callee, request)
    return got, picked_up(callee, third, request, got)


@scenario
def transferred(cast):
    """The caller transfers the callee to the third party, without asking it."""
    caller_end, callee_end = established(cast)
    third = cast.third.person
    got, status = _refer(cast.caller, caller_end, cast.callee, f"\"{third.others_call_me}\" <{third.address}>")
    first = _notify_of_transfer(cast.callee, callee_end, cast.caller, "100 Trying", "active;expires=60")
    referred_by = [("Referred-By", value) for value in got.all("Referred-By")]
    _, (with_third, _) = _follow(cast, got.get("Refer-To"), referred_by)
    last = _notify_of_transfer(cast.callee, callee_end, cast.caller, "200 OK", "terminated;reason=noresource")
    ended = hung_up(cast.caller, caller_end, cast.callee), hung_up(cast.callee, with_third, cast.third)
    return f"REFER {status}, NOTIFY {first} and {last}, BYE {ended}"


@scenario
def transferred_with_consultation(cast):
    """The caller talks to the third party first and transfers the callee into that call (Replaces, RFC 3891)."""
    caller, third = cast.caller, cast.third
    caller_end, callee_end = established(cast)
    request = invite(cast, third.person)
    consulted, third_end = picked_up(caller, third, request, arrived(cast, request, third))
    replaces = urllib.parse.quote(f"{consulted.call_id};to-tag={parameter(consulted.remote, 'tag')};"
                                  f"from-tag={parameter(consulted.local, 'tag')}", safe="")
    got, status = _refer(caller, caller_end, cast.callee, f"<{third.person.address}?Replaces={replaces}>")
    refer_to = uri_of(got.get("Refer-To"))
    embedded = urllib.parse.unquote(refer_to.partition("?Replaces=")[2])
    follow, (with_third, _) = _follow(cast, refer_to, [("Replaces", embedded)] if embedded else [])
    replaced = "names it" if follow.get("Replaces").startswith(third_end.call_id) else "does not name it"
    hung_up(third, third_end, caller)
    _notify_of_transfer(cast.callee, callee_end, caller, "200 OK", "terminated;reason=noresource")
    ended = hung_up(caller, caller_end, cast.callee), hung_up(cast.callee, with_third, third)
    return f"REFER {status}, Replaces of the third party's own dialog {replaced}, BYE {ended}"
