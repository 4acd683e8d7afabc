"""Scenarios: registration, and calls in all their ends and changes."""
import dataclasses

from leakaudit import bodies
from leakaudit.steps import SDP, arrived, dialled, established, exchange, hung_up, invite, picked_up, register, scenario
from sip.dialog import Dialog
from sip.message import Message, token


@scenario
def registration(cast):
    """REGISTER of every phone, the callee's twice (a refresh), a query without Contact, and one with a wrong password."""
    statuses = [register(agent) for agent in (cast.callee, cast.third, *([cast.caller] if cast.caller_registers else []))]
    statuses.append(register(cast.callee))
    query = cast.callee.registration()
    query.headers = [header for header in query.headers if header[0] != "Contact"]
    statuses.append(cast.callee.final(cast.callee.begin(query)).status)
    person = cast.callee.person
    cast.callee.person = dataclasses.replace(person, password=person.password[::-1])
    try:
        wrong = register(cast.callee)
    finally:
        cast.callee.person = person
    return f"REGISTER answered with {statuses}, with a wrong password {wrong}"


@scenario
def completed_call(cast):
    caller_end, _ = established(cast)
    return f"completed, BYE answered with {hung_up(cast.caller, caller_end, cast.callee)}"


@scenario
def ended_by_callee(cast):
    _, callee_end = established(cast)
    return f"completed, BYE answered with {hung_up(cast.callee, callee_end, cast.caller)}"


@scenario
def compact_and_folded(cast):
    """The same call with compact header names, folded lines and odd case, as RFC 3261 section 7.3 allows."""
    caller = cast.caller
    request = caller.request("INVITE", dialled(cast, cast.callee.person), cast.callee.person, [SDP], caller.plant.sdp())
    short = {"From": "f", "To": "t", "Call-ID": "i", "Contact": "m", "Via": "v", "Subject": "s", "Content-Type": "c",
             "Supported": "k", "Organization": "ORGANIZATION", "User-Agent": "user-AGENT ", "Reply-To": "rEPLY-tO"}
    request.headers = [(short.get(name, name), f"\r\n {value}" if name in ("Subject", "From", "Contact") else value)
                       for name, value in request.headers]
    long = Message.parse(request.bytes())
    caller.send(request)
    request = caller.begin(long, (cast.callee,)) if not cast.callee.has("INVITE") else long
    caller_end, _ = picked_up(caller, cast.callee, request, arrived(cast, request))
    return f"completed, BYE answered with {hung_up(caller, caller_end, cast.callee)}"


@scenario
def cancelled(cast):
    request = invite(cast)
    got = arrived(cast, request)
    caller, callee = cast.caller, cast.callee
    caller.send(Message(f"CANCEL {request.uri} SIP/2.0", [
        ("Via", request.get("Via")), ("Max-Forwards", "70"), ("From", request.get("From")), ("To", request.get("To")),
        ("Call-ID", request.call_id), ("CSeq", f"{request.sequence} CANCEL"), *caller.plant.headers("CANCEL")]))
    cancel = callee.expect("CANCEL")
    callee.answer(cancel, 200, "OK")
    callee.answer(got, 487, "Request Terminated")
    return f"INVITE answered with {caller.final(request).status}"


def _refused(cast, status, reason, headers=()):
    request = invite(cast)
    got = arrived(cast, request)
    cast.callee.answer(got, status, f"{reason} {cast.callee.plant.text('reason phrase', 'word', 'description')}", headers)
    return f"INVITE answered with {cast.caller.final(request).status}"


@scenario
def busy(cast):
    return _refused(cast, 486, "Busy")


@scenario
def declined(cast):
    return _refused(cast, 603, "Decline")


@scenario
def redirected(cast):
    """302 to the third party."""
    third = cast.third.person
    request = invite(cast)
    got = arrived(cast, request)
    cast.callee.answer(got, 302, "Moved Temporarily", contact=f"\"{third.others_call_me}\" <{third.address}>;q=0.9")
    answer = cast.caller.final(request)
    return f"INVITE answered with {answer.status} and Contact {'there' if answer.get('Contact') else 'gone'}"


@scenario
def early_media(cast):
    """183 with SDP, acknowledged by PRACK (RFC 3262), UPDATE before the answer (RFC 3311)."""
    request = invite(cast, headers=[SDP, ("Supported", "100rel")])
    caller, callee = cast.caller, cast.callee
    got = callee.receive("INVITE", caller, request)
    tag = f"{callee.plant.text('tag')}-{token()}"
    progress = callee.answer(got, 183, "Session Progress", [SDP, ("Require", "100rel"), ("RSeq", "1")], callee.plant.sdp(), tag)
    early = caller.expect(183, request.call_id)
    caller_end, callee_end = Dialog.of_caller(early), Dialog.of_callee(got, progress)
    rack = f"{early.get('RSeq') or 1} {early.get('CSeq')}"
    prack = exchange(caller, caller_end, callee, "PRACK", [("RAck", rack)])[1].status
    update = exchange(callee, callee_end, caller, "UPDATE", [SDP], callee.plant.sdp(2), answer_headers=[SDP],
                       answer_body=caller.plant.sdp(2))[1].status
    callee.answer(got, 200, "OK", [SDP], callee.plant.sdp(3), tag)
    caller.acknowledge(caller_end, caller.expect(200, request.call_id))
    callee.expect("ACK")
    return f"PRACK {prack}, UPDATE {update}, BYE {hung_up(caller, caller_end, callee)}"


@scenario
def forked(cast):
    """Two phones of the callee ring; the second answers, the first is cancelled."""
    registered = register(cast.second)
    try:
        request = invite(cast)
        first = cast.callee.receive("INVITE", cast.caller, request)
        cast.callee.answer(first, 180, "Ringing")
        got = arrived(cast, request, cast.second)
        caller_end, _ = picked_up(cast.caller, cast.second, request, got)
        cast.callee.answer(cast.callee.expect("CANCEL"), 200, "OK")
        cast.callee.answer(first, 487, "Request Terminated")
        ended = hung_up(cast.caller, caller_end, cast.second)
    finally:
        unregistered = register(cast.second, 0)
    return f"second phone registered with {registered}, BYE {ended}, unregistered with {unregistered}"


@scenario
def changed_by_both(cast):
    """re-INVITE and UPDATE from either side, hold and resume, INFO with digits, with a body of another kind and without."""
    caller, callee = cast.caller, cast.callee
    caller_end, callee_end = established(cast)
    statuses = []
    for sender, end, receiver in ((caller, caller_end, callee), (callee, callee_end, caller)):
        request = sender.begin(sender.in_dialog(end, "INVITE", [SDP], sender.plant.sdp(2, direction="sendonly")), (receiver,))
        got = receiver.receive("INVITE", sender, request)
        receiver.answer(got, 200, "OK", [SDP], receiver.plant.sdp(2, direction="recvonly"))
        answer = sender.expect(200, request.call_id)
        sender.acknowledge(end, answer)
        receiver.expect("ACK")
        statuses.append(answer.status)
        for method, headers, body in (
                ("UPDATE", [SDP], sender.plant.sdp(3)),
                ("INFO", [("Content-Type", "application/dtmf-relay")], b"Signal=5\r\nDuration=160\r\n"),
                ("INFO", [("Content-Type", "application/x-private")], bodies.private(sender)), ("INFO", [], b"")):
            answer_headers = [SDP] if method == "UPDATE" else ()
            statuses.append(exchange(sender, end, receiver, method, headers, body, answer_headers=answer_headers,
                                      answer_body=receiver.plant.sdp(3) if method == "UPDATE" else b"")[1].status)
    return f"answers {statuses}, BYE {hung_up(callee, callee_end, caller)}"


@scenario
def several_bodies(cast):
    """INVITEs with multipart bodies, with something else than SDP, with SDP that does not parse."""
    outcomes = []
    for content_type, body in bodies.of_invites(cast.caller):
        request = invite(cast, headers=[("Content-Type", content_type)], body=body)
        if cast.callee.has("INVITE"):
            got = cast.callee.expect("INVITE")
            cast.callee.answer(got, 488, "Not Acceptable Here", [("Content-Type", "application/x-private")],
                               bodies.private(cast.callee))
        outcomes.append(cast.caller.final(request).status)
    return f"INVITEs answered with {outcomes}"
