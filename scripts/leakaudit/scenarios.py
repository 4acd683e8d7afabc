"""What phones do with each other: every kind of dialog, each message as talkative as a phone can make it.

A scenario is a function of a Cast; it returns a sentence about how it ended, or raises Silence. Nothing is asserted here: what is
to be seen where is judged afterwards, from the captures.
"""
import dataclasses

from leakaudit import bodies
from leakaudit.agent import Agent, Dialog, Silence
from leakaudit.message import Message, parameter, token, uri_of

_SDP = ("Content-Type", "application/sdp")
_SHORT = 3.0  # seconds for what may rightly stay unanswered
SCENARIOS = {}
ALWAYS = ("registration", "unregistration")  # nothing can be called without


@dataclasses.dataclass
class Cast:
    """Who plays. `second` is another phone of the callee, `third` a phone to which calls are transferred; both live beside the
    callee's. `nowhere` is a Person in a domain that nobody serves, `unknown` one whom the callee's domain does not know."""
    caller: Agent
    callee: Agent
    second: Agent
    third: Agent
    nowhere: object
    unknown: object
    message_text: str
    caller_registers: bool = True

    @property
    def agents(self):
        return (self.caller, self.callee, self.second, self.third)


def scenario(function):
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


# --- steps that scenarios share ---

def _dialled(cast, person):
    return f"{person.address};user=phone;x-r={cast.caller.plant.text('Request-URI parameter')}"


def _invite(cast, to=None, headers=(), body=None, receivers=None):
    """The caller's INVITE, with credentials if asked for them."""
    caller, to = cast.caller, to or cast.callee.person
    headers = headers or [_SDP]
    request = caller.request("INVITE", _dialled(cast, to), to, headers, caller.plant.sdp() if body is None else body)
    return caller.begin(request, receivers if receivers is not None else (cast.callee, cast.second, cast.third))


def _arrived(cast, request, agent=None):
    """The INVITE at the callee, and 180 back at the caller."""
    agent = agent or cast.callee
    got = agent.receive("INVITE", cast.caller, request)
    agent.answer(got, 180, "Ringing")
    cast.caller.expect(180, request.call_id)
    return got


def _picked_up(caller, callee, request, got, tag=None):
    """200 and ACK; returns both ends of the dialog."""
    ok = callee.answer(got, 200, "OK", [_SDP], callee.plant.sdp(), tag)
    answer = caller.expect(200, request.call_id)
    caller_end = Dialog.of_caller(answer)
    caller.acknowledge(caller_end, answer)
    callee.expect("ACK")
    return caller_end, Dialog.of_callee(got, ok)


def _established(cast):
    request = _invite(cast)
    return _picked_up(cast.caller, cast.callee, request, _arrived(cast, request))


def _exchange(sender, dialog, receiver, method, headers=(), body=b"", answer=(200, "OK"), answer_headers=(), answer_body=b""):
    """A request within a dialog and its answer. Returns (request as it was received or None, final response)."""
    request = sender.begin(sender.in_dialog(dialog, method, headers, body), (receiver,))
    got = None
    if receiver.has(method):
        got = receiver.expect(method)
        receiver.answer(got, *answer, answer_headers, answer_body)
    return got, sender.final(request)


def _hung_up(sender, dialog, receiver):
    return _exchange(sender, dialog, receiver, "BYE")[1].status


def _asked(cast, method, headers=(), body=b"", answer=(200, "OK"), answer_headers=(), answer_body=b""):
    """A request of the caller outside of a dialog. Returns (request as received or None, final response)."""
    caller, callee = cast.caller, cast.callee
    request = caller.request(method, _dialled(cast, callee.person), callee.person, headers, body)
    request = caller.begin(request, (callee,))
    got = None
    if callee.has(method):
        got = callee.expect(method)
        callee.answer(got, *answer, answer_headers, answer_body)
    return got, caller.final(request)


def register(agent, expires=600, headers=()):
    """Returns the final status."""
    request = agent.request("REGISTER", f"sip:{agent.person.domain}", agent.person, [("Expires", str(expires)), *headers])
    return agent.final(agent.begin(request)).status


# --- registration ---

@scenario
def registration(cast):
    """REGISTER of every phone, the callee's twice (a refresh), a query without Contact, and one with a wrong password."""
    statuses = [register(agent) for agent in (cast.callee, cast.third, *([cast.caller] if cast.caller_registers else []))]
    statuses.append(register(cast.callee))
    query = cast.callee.request("REGISTER", f"sip:{cast.callee.person.domain}", cast.callee.person)
    query.headers = [header for header in query.headers if header[0] != "Contact"]
    statuses.append(cast.callee.final(cast.callee.begin(query)).status)
    person = cast.callee.person
    cast.callee.person = dataclasses.replace(person, password=person.password[::-1])
    try:
        wrong = register(cast.callee)
    finally:
        cast.callee.person = person
    return f"REGISTER answered with {statuses}, with a wrong password {wrong}"


# --- calls ---

@scenario
def completed_call(cast):
    caller_end, _ = _established(cast)
    return f"completed, BYE answered with {_hung_up(cast.caller, caller_end, cast.callee)}"


@scenario
def ended_by_callee(cast):
    _, callee_end = _established(cast)
    return f"completed, BYE answered with {_hung_up(cast.callee, callee_end, cast.caller)}"


@scenario
def compact_and_folded(cast):
    """The same call with compact header names, folded lines and odd case, as RFC 3261 section 7.3 allows."""
    caller = cast.caller
    request = caller.request("INVITE", _dialled(cast, cast.callee.person), cast.callee.person, [_SDP], caller.plant.sdp())
    short = {"From": "f", "To": "t", "Call-ID": "i", "Contact": "m", "Via": "v", "Subject": "s", "Content-Type": "c",
             "Supported": "k", "Organization": "ORGANIZATION", "User-Agent": "user-AGENT ", "Reply-To": "rEPLY-tO"}
    request.headers = [(short.get(name, name), f"\r\n {value}" if name in ("Subject", "From", "Contact") else value)
                       for name, value in request.headers]
    long = Message.parse(request.bytes())
    caller.send(request)
    request = caller.begin(long, (cast.callee,)) if not cast.callee.has("INVITE") else long
    caller_end, _ = _picked_up(caller, cast.callee, request, _arrived(cast, request))
    return f"completed, BYE answered with {_hung_up(caller, caller_end, cast.callee)}"


@scenario
def cancelled(cast):
    request = _invite(cast)
    got = _arrived(cast, request)
    caller, callee = cast.caller, cast.callee
    caller.send(Message(f"CANCEL {request.uri} SIP/2.0", [
        ("Via", request.get("Via")), ("Max-Forwards", "70"), ("From", request.get("From")), ("To", request.get("To")),
        ("Call-ID", request.call_id), ("CSeq", f"{request.sequence} CANCEL"), *caller.plant.headers("CANCEL")]))
    cancel = callee.expect("CANCEL")
    callee.answer(cancel, 200, "OK")
    callee.answer(got, 487, "Request Terminated")
    return f"INVITE answered with {caller.final(request).status}"


def _refused(cast, status, reason, headers=()):
    request = _invite(cast)
    got = _arrived(cast, request)
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
    request = _invite(cast)
    got = _arrived(cast, request)
    cast.callee.answer(got, 302, "Moved Temporarily", contact=f"\"{third.others_call_me}\" <{third.address}>;q=0.9")
    answer = cast.caller.final(request)
    return f"INVITE answered with {answer.status} and Contact {'there' if answer.get('Contact') else 'gone'}"


@scenario
def early_media(cast):
    """183 with SDP, acknowledged by PRACK (RFC 3262), UPDATE before the answer (RFC 3311)."""
    request = _invite(cast, headers=[_SDP, ("Supported", "100rel")])
    caller, callee = cast.caller, cast.callee
    got = callee.receive("INVITE", caller, request)
    tag = f"{callee.plant.text('tag')}-{token()}"
    progress = callee.answer(got, 183, "Session Progress", [_SDP, ("Require", "100rel"), ("RSeq", "1")], callee.plant.sdp(), tag)
    early = caller.expect(183, request.call_id)
    caller_end, callee_end = Dialog.of_caller(early), Dialog.of_callee(got, progress)
    rack = f"{early.get('RSeq') or 1} {early.get('CSeq')}"
    prack = _exchange(caller, caller_end, callee, "PRACK", [("RAck", rack)])[1].status
    update = _exchange(callee, callee_end, caller, "UPDATE", [_SDP], callee.plant.sdp(2), answer_headers=[_SDP],
                       answer_body=caller.plant.sdp(2))[1].status
    callee.answer(got, 200, "OK", [_SDP], callee.plant.sdp(3), tag)
    caller.acknowledge(caller_end, caller.expect(200, request.call_id))
    callee.expect("ACK")
    return f"PRACK {prack}, UPDATE {update}, BYE {_hung_up(caller, caller_end, callee)}"


@scenario
def forked(cast):
    """Two phones of the callee ring; the second answers, the first is cancelled."""
    registered = register(cast.second)
    request = _invite(cast)
    first = cast.callee.receive("INVITE", cast.caller, request)
    cast.callee.answer(first, 180, "Ringing")
    got = _arrived(cast, request, cast.second)
    caller_end, _ = _picked_up(cast.caller, cast.second, request, got)
    cast.callee.answer(cast.callee.expect("CANCEL"), 200, "OK")
    cast.callee.answer(first, 487, "Request Terminated")
    ended = _hung_up(cast.caller, caller_end, cast.second)
    return f"second phone registered with {registered}, BYE {ended}, unregistered with {register(cast.second, 0)}"


@scenario
def changed_by_both(cast):
    """re-INVITE and UPDATE from either side, hold and resume, INFO with digits, with a body of another kind and without."""
    caller, callee = cast.caller, cast.callee
    caller_end, callee_end = _established(cast)
    statuses = []
    for sender, end, receiver in ((caller, caller_end, callee), (callee, callee_end, caller)):
        request = sender.begin(sender.in_dialog(end, "INVITE", [_SDP], sender.plant.sdp(2, direction="sendonly")), (receiver,))
        receiver.answer(receiver.receive("INVITE", sender, request), 200, "OK", [_SDP], receiver.plant.sdp(2, direction="recvonly"))
        answer = sender.expect(200, request.call_id)
        sender.acknowledge(end, answer)
        receiver.expect("ACK")
        statuses.append(answer.status)
        for method, headers, body in (
                ("UPDATE", [_SDP], sender.plant.sdp(3)), ("INFO", [("Content-Type", "application/dtmf-relay")], b"Signal=5\r\nDuration=160\r\n"),
                ("INFO", [("Content-Type", "application/x-private")], bodies.private(sender)), ("INFO", [], b"")):
            statuses.append(_exchange(sender, end, receiver, method, headers, body, answer_headers=[_SDP] if method == "UPDATE" else (),
                                      answer_body=receiver.plant.sdp(3) if method == "UPDATE" else b"")[1].status)
    return f"answers {statuses}, BYE {_hung_up(callee, callee_end, caller)}"


@scenario
def several_bodies(cast):
    """INVITEs with multipart bodies, with something else than SDP, with SDP that does not parse."""
    outcomes = []
    for content_type, body in bodies.of_invites(cast.caller):
        request = _invite(cast, headers=[("Content-Type", content_type)], body=body)
        if cast.callee.has("INVITE"):
            got = cast.callee.expect("INVITE")
            cast.callee.answer(got, 488, "Not Acceptable Here", [("Content-Type", "application/x-private")],
                               bodies.private(cast.callee))
        outcomes.append(cast.caller.final(request).status)
    return f"INVITEs answered with {outcomes}"


# --- transfer ---

def _refer(sender, end, receiver, target):
    referred_by = f"\"{sender.person.display}\" <{sender.person.address}>;x={sender.plant.text('Referred-By parameter')}"
    got, answer = _exchange(sender, end, receiver, "REFER", [("Refer-To", target), ("Referred-By", referred_by)],
                            answer=(202, "Accepted"))
    return got, answer.status


def _notify_of_transfer(sender, end, receiver, status, state):
    fragment = f"SIP/2.0 {status}\r\nServer: {sender.plant.text('sipfrag Server')}\r\nContact: {sender.contact}\r\n"
    return _exchange(sender, end, receiver, "NOTIFY", [
        ("Event", "refer"), ("Subscription-State", state), ("Content-Type", "message/sipfrag;version=2.0")], fragment.encode())[1].status


def _follow(cast, target, headers=()):
    """The callee calls the target of a REFER; returns its end of the dialog and the third party's."""
    callee, third = cast.callee, cast.third
    request = callee.request("INVITE", uri_of(target).partition("?")[0], None, [_SDP, *headers], callee.plant.sdp(4))
    request = callee.begin(request, (third,))
    got = third.receive("INVITE", callee, request)
    return got, _picked_up(callee, third, request, got)


@scenario
def transferred(cast):
    """The caller transfers the callee to the third party, without asking it."""
    caller_end, callee_end = _established(cast)
    third = cast.third.person
    got, status = _refer(cast.caller, caller_end, cast.callee, f"\"{third.others_call_me}\" <{third.address}>")
    first = _notify_of_transfer(cast.callee, callee_end, cast.caller, "100 Trying", "active;expires=60")
    _, (with_third, _) = _follow(cast, got.get("Refer-To"), [("Referred-By", got.get("Referred-By"))] if got.get("Referred-By") else [])
    last = _notify_of_transfer(cast.callee, callee_end, cast.caller, "200 OK", "terminated;reason=noresource")
    ended = _hung_up(cast.caller, caller_end, cast.callee), _hung_up(cast.callee, with_third, cast.third)
    return f"REFER {status}, NOTIFY {first} and {last}, BYE {ended}"


@scenario
def transferred_with_consultation(cast):
    """The caller talks to the third party first and transfers the callee into that call (Replaces, RFC 3891)."""
    caller, third = cast.caller, cast.third
    caller_end, callee_end = _established(cast)
    request = _invite(cast, third.person)
    consulted, third_end = _picked_up(caller, third, request, _arrived(cast, request, third))
    replaces = (f"{consulted.call_id}%3Bto-tag%3D{parameter(consulted.remote, 'tag')}"
                f"%3Bfrom-tag%3D{parameter(consulted.local, 'tag')}")
    got, status = _refer(caller, caller_end, cast.callee, f"<{third.person.address}?Replaces={replaces}>")
    refer_to = uri_of(got.get("Refer-To"))
    embedded = refer_to.partition("?Replaces=")[2].replace("%3B", ";").replace("%3D", "=").replace("%40", "@")
    follow, (with_third, _) = _follow(cast, refer_to, [("Replaces", embedded)] if embedded else [])
    replaced = "names it" if follow.get("Replaces").startswith(third_end.call_id) else "does not name it"
    _hung_up(third, third_end, caller)
    _notify_of_transfer(cast.callee, callee_end, caller, "200 OK", "terminated;reason=noresource")
    ended = _hung_up(caller, caller_end, cast.callee), _hung_up(cast.callee, with_third, third)
    return f"REFER {status}, Replaces of the third party's own dialog {replaced}, BYE {ended}"


# --- outside of calls ---

@scenario
def text_message(cast):
    text = f"{cast.message_text}\r\n".encode()
    plain = _asked(cast, "MESSAGE", [("Content-Type", "text/plain;charset=UTF-8")], text)[1].status
    other = _asked(cast, "MESSAGE", [("Content-Type", "text/html")], bodies.private(cast.caller))[1].status
    return f"text/plain {plain}, text/html {other}"


@scenario
def subscription(cast):
    """SUBSCRIBE, NOTIFYs with bodies that name people and addresses, and its end."""
    caller, callee = cast.caller, cast.callee
    request = caller.request("SUBSCRIBE", _dialled(cast, callee.person), callee.person, [
        ("Event", f"presence;id={caller.plant.text('Event id', fact='options')};x={caller.plant.text('Event parameter')}"),
        ("Expires", "600"), ("Accept", f"application/pidf+xml;x={caller.plant.text('Accept parameter')}")])
    request = caller.begin(request, (callee,))
    got = callee.receive("SUBSCRIBE", caller, request)
    ok = callee.answer(got, 202, "Accepted", [("Expires", "600")])
    caller_end = Dialog.of_caller(caller.final(request))
    callee_end = Dialog.of_callee(got, ok)
    statuses = []
    for content_type, body in bodies.of_notifications(callee):
        state = f"active;expires=600;x={callee.plant.text('Subscription-State parameter')}"
        statuses.append(_exchange(callee, callee_end, caller, "NOTIFY", [
            ("Event", got.get("Event")), ("Subscription-State", state), ("Content-Type", content_type)], body)[1].status)
    ended = _exchange(caller, caller_end, callee, "SUBSCRIBE", [("Event", "presence"), ("Expires", "0")])[1].status
    return f"NOTIFYs answered with {statuses}, the end with {ended}"


@scenario
def questions(cast):
    """OPTIONS, PUBLISH, and a method that nobody knows."""
    outcomes = [_asked(cast, "OPTIONS", answer_headers=[("Accept", "application/sdp")])[1].status]
    outcomes.append(_asked(cast, "PUBLISH", [("Event", "presence"), ("Expires", "600"), (
        "SIP-If-Match", cast.caller.plant.text("SIP-If-Match")), ("Content-Type", "application/pidf+xml")],
                           bodies.presence(cast.caller))[1].status)
    outcomes.append(_asked(cast, "XAUDIT", answer=(501, "Not Implemented"))[1].status)
    return f"answered with {outcomes}"


# --- what goes wrong ---

@scenario
def nobody_there(cast):
    """A user whom the callee's domain does not know, and a domain that nobody serves."""
    unknown = cast.caller.final(_invite(cast, cast.unknown)).status
    nowhere = cast.caller.final(_invite(cast, cast.nowhere)).status
    return f"unknown user {unknown}, unknown domain {nowhere}"


@scenario
def no_such_dialog(cast):
    """Requests within dialogs that do not exist, by a route that did: 481, or nothing."""
    caller_end, callee_end = _established(cast)
    ended = _hung_up(cast.caller, caller_end, cast.callee)
    outcomes = []
    for sender, end, receiver in ((cast.caller, caller_end, cast.callee), (cast.callee, callee_end, cast.caller)):
        end.call_id = f"{token()}-{sender.plant.text('Call-ID of no dialog')}@{sender.host}"
        end.remote = f"<{cast.callee.person.address}>;tag={sender.plant.text('tag of no dialog')}"
        try:
            outcomes.append(_exchange(sender, end, receiver, "INFO", answer=(481, "Call Does Not Exist"))[1].status)
        except Silence:
            outcomes.append("nothing")
    return f"BYE {ended}, INFO answered with {outcomes}"


@scenario
def malformed(cast):
    """Requests and answers that are broken, each full of canaries: whatever comes of them, it must not be what was sent."""
    caller, callee = cast.caller, cast.callee
    outcomes = []
    for name, data, call_id in bodies.broken_requests(cast):
        caller.send_bytes(data)
        try:
            outcomes.append(f"{name} {caller.expect(lambda message: message.status >= 200, call_id, _SHORT).status}")
        except Silence:
            outcomes.append(f"{name} nothing")
        callee.drain(0.05)
    request = _invite(cast)
    got = callee.receive("INVITE", caller, request)
    for data in bodies.broken_responses(cast, got):
        callee.send_bytes(data, got.source)
    callee.answer(got, 480, "Temporarily Unavailable")
    outcomes.append(f"after broken answers {caller.final(request).status}")
    return ", ".join(outcomes)


@scenario
def unregistration(cast):
    statuses = [register(agent, 0) for agent in (cast.callee, cast.third, *([cast.caller] if cast.caller_registers else []))]
    return f"REGISTER answered with {statuses}"
