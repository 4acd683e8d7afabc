"""What scenarios share: who plays, and the steps of which dialogs are made."""
import dataclasses

from leakaudit.agent import Agent
from sip.dialog import Dialog

SDP = ("Content-Type", "application/sdp")
SCENARIOS = {}  # name -> function of a Cast


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


def dialled(cast, person):
    return f"{person.address};user=phone;x-r={cast.caller.plant.text('Request-URI parameter')}"


def invite(cast, to=None, headers=(), body=None, receivers=None):
    """The caller's INVITE, with credentials if asked for them."""
    caller, to = cast.caller, to or cast.callee.person
    headers = headers or [SDP]
    request = caller.request("INVITE", dialled(cast, to), to, headers, caller.plant.sdp() if body is None else body)
    return caller.begin(request, receivers if receivers is not None else (cast.callee, cast.second, cast.third))


def arrived(cast, request, agent=None):
    """The INVITE at the callee, and 180 back at the caller."""
    agent = agent or cast.callee
    got = agent.receive("INVITE", cast.caller, request)
    agent.answer(got, 180, "Ringing")
    cast.caller.expect(180, request.call_id)
    return got


def picked_up(caller, callee, request, got, tag=None):
    """200 and ACK; returns both ends of the dialog."""
    ok = callee.answer(got, 200, "OK", [SDP], callee.plant.sdp(), tag)
    answer = caller.expect(200, request.call_id)
    caller_end = Dialog.of_caller(answer)
    caller.acknowledge(caller_end, answer)
    callee.expect("ACK")
    return caller_end, Dialog.of_callee(got, ok)


def established(cast):
    request = invite(cast)
    return picked_up(cast.caller, cast.callee, request, arrived(cast, request))


def exchange(sender, dialog, receiver, method, headers=(), body=b"", answer=(200, "OK"), answer_headers=(), answer_body=b""):
    """A request within a dialog and its answer. Returns (request as it was received or None, final response)."""
    request = sender.begin(sender.in_dialog(dialog, method, headers, body), (receiver,))
    got = None
    if receiver.has(method):
        got = receiver.expect(method)
        receiver.answer(got, *answer, answer_headers, answer_body)
    return got, sender.final(request)


def hung_up(sender, dialog, receiver):
    return exchange(sender, dialog, receiver, "BYE")[1].status


def asked(cast, method, headers=(), body=b"", answer=(200, "OK"), answer_headers=(), answer_body=b""):
    """A request of the caller outside of a dialog. Returns (request as received or None, final response)."""
    caller, callee = cast.caller, cast.callee
    request = caller.request(method, dialled(cast, callee.person), callee.person, headers, body)
    request = caller.begin(request, (callee,))
    got = None
    if callee.has(method):
        got = callee.expect(method)
        callee.answer(got, *answer, answer_headers, answer_body)
    return got, caller.final(request)


def register(agent, expires=600):
    """Returns the final status."""
    return agent.final(agent.begin(agent.registration(expires))).status
