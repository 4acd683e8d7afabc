"""Scenarios: what phones do outside of calls, and what goes wrong."""
from leakaudit import bodies
from leakaudit.agent import Silence
from leakaudit.steps import asked, dialled, established, exchange, hung_up, invite, register, scenario
from sip.dialog import Dialog
from sip.message import token

_SHORT = 3.0  # seconds for what may rightly stay unanswered


@scenario
def text_message(cast):
    text = f"{cast.message_text}\r\n".encode()
    plain = asked(cast, "MESSAGE", [("Content-Type", "text/plain;charset=UTF-8")], text)[1].status
    other = asked(cast, "MESSAGE", [("Content-Type", "text/html")], bodies.private(cast.caller))[1].status
    return f"text/plain {plain}, text/html {other}"


@scenario
def subscription(cast):
    """SUBSCRIBE, NOTIFYs with bodies that name people and addresses, and its end."""
    caller, callee = cast.caller, cast.callee
    odd = [asked(cast, "SUBSCRIBE", [("Event", f"presence;{one}"), ("Expires", "600")], answer=(489, "Bad Event"))[1].start[8:]
           for one in (f"x={caller.plant.text('Event parameter')}", f"id={caller.plant.text('Event id', fact='options')}")]
    request = caller.request("SUBSCRIBE", dialled(cast, callee.person), callee.person, [
        ("Event", "presence"), ("Expires", "600"), ("Accept", f"application/pidf+xml;x={caller.plant.text('Accept parameter')}")])
    request = caller.begin(request, (callee,))
    got = callee.receive("SUBSCRIBE", caller, request)
    ok = callee.answer(got, 202, "Accepted", [("Expires", "600")])
    caller_end = Dialog.of_caller(caller.final(request))
    callee_end = Dialog.of_callee(got, ok)
    statuses = []
    for content_type, body in bodies.of_notifications(callee):
        state = f"active;expires=600;x={callee.plant.text('Subscription-State parameter')}"
        statuses.append(exchange(callee, callee_end, caller, "NOTIFY", [
            ("Event", got.get("Event")), ("Subscription-State", state), ("Content-Type", content_type)], body)[1].status)
    ended = exchange(caller, caller_end, callee, "SUBSCRIBE", [("Event", "presence"), ("Expires", "0")])[1].status
    return f"SUBSCRIBE with odd parameters {odd}, NOTIFYs answered with {statuses}, the end with {ended}"


@scenario
def questions(cast):
    """OPTIONS, PUBLISH, and a method that nobody knows."""
    outcomes = [asked(cast, "OPTIONS", answer_headers=[("Accept", "application/sdp")])[1].status]
    outcomes.append(asked(cast, "PUBLISH", [("Event", "presence"), ("Expires", "600"), (
        "SIP-If-Match", cast.caller.plant.text("SIP-If-Match")), ("Content-Type", "application/pidf+xml")],
                           bodies.presence(cast.caller))[1].status)
    outcomes.append(asked(cast, "XAUDIT", answer=(501, "Not Implemented"))[1].status)
    return f"answered with {outcomes}"


@scenario
def nobody_there(cast):
    """A user whom the callee's domain does not know, and a domain that nobody serves."""
    unknown = cast.caller.final(invite(cast, cast.unknown)).status
    nowhere = cast.caller.final(invite(cast, cast.nowhere)).status
    return f"unknown user {unknown}, unknown domain {nowhere}"


@scenario
def no_such_dialog(cast):
    """Requests within dialogs that do not exist, by a route that did: 481, or nothing."""
    caller_end, callee_end = established(cast)
    ended = hung_up(cast.caller, caller_end, cast.callee)
    outcomes = []
    for sender, end, receiver in ((cast.caller, caller_end, cast.callee), (cast.callee, callee_end, cast.caller)):
        end.call_id = f"{token()}-{sender.plant.text('Call-ID of no dialog')}@{sender.host}"
        end.remote = f"<{cast.callee.person.address}>;tag={sender.plant.text('tag of no dialog')}"
        try:
            outcomes.append(exchange(sender, end, receiver, "INFO", answer=(481, "Call Does Not Exist"))[1].status)
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
    request = invite(cast)
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
