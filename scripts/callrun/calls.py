"""One call as everybody saw it: the caller's phone, both bridges, and the network."""
import dataclasses
import hashlib

from callrun.sipp_log import CallTrace


@dataclasses.dataclass(frozen=True)
class Carrier:
    """What carried a call through the network: a circuit of tor, a session of an I2P router. `name` is a number or a word."""
    name: object
    credential: tuple = None  # SOCKS user name and password of its stream
    attached: float = None    # when the first bytes left on it, seconds of the epoch
    purpose: str = None       # as tor calls it; a client's side of a rendezvous is HS_CLIENT_REND


@dataclasses.dataclass
class Call:
    """The parts sum up to `invite_to_180_s`; each is None where somebody has no record of it. Seconds."""
    number: int
    trace: CallTrace
    invite_to_180_s: float = None
    link_ready_s: float = None  # INVITE until the link took it: dial, circuit or session, or 0 on an open link
    callee_s: float = None      # the callee's phone
    bridge_s: float = None      # in the code of both bridges
    network_s: float = None     # the rest
    carrier: Carrier = None
    source: str = None          # of its link: standby, built, shared or none
    moved: int = None           # how often it had to be repeated on another link

    @property
    def complete(self):
        return self.trace.complete


def digest(text):
    """How `sipveil status --json` names a Call-ID, as its phone knows it, or a SOCKS credential, "user:password"."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def join(traces, caller_status, callee_status, carried=lambda trace, after, caller: None):
    """Calls from the caller's CallTrace list and the status of both bridges. carried: a witness of the network, which tells the Carrier
    of a call by its trace, the time of the next INVITE, and what the caller's bridge tells of it (None if nothing)."""
    callers, callees = _timelines(caller_status, True, "call"), _timelines(callee_status, False, "wire")
    calls = []
    for index, trace in enumerate(traces):
        after = traces[index + 1].invite if index + 1 < len(traces) else float("inf")
        caller = callers.get(digest(trace.call_id))
        calls.append(_join_one(index + 1, trace, caller, callees.get(caller["wire"]) if caller else None, carried(trace, after, caller)))
    return calls


def _timelines(status, outbound, key):
    return {call[key]: call for call in (status or {}).get("calls", []) if call["outbound"] == outbound}


def _join_one(number, trace, caller, callee, carrier):
    call = Call(number, trace, trace.invite_to_ringing, carrier=carrier)
    if caller is not None:
        call.source, call.moved = caller.get("source"), caller.get("moved")
    if call.invite_to_180_s is None or caller is None or caller["link_ready_ms"] is None:
        return call
    call.link_ready_s = _link_ready(trace, caller, carrier)
    if callee is None:
        return call
    call.bridge_s = (caller["busy_ms"] + callee["busy_ms"]) / 1000
    if callee["first_answer_ms"] is not None and callee["sent_ms"] is not None:
        call.callee_s = (callee["first_answer_ms"] - callee["sent_ms"]) / 1000
        call.network_s = max(0.0, call.invite_to_180_s - call.link_ready_s - call.callee_s - call.bridge_s)
    return call


def _link_ready(trace, caller, carrier):
    """A bridge that dials sends the INVITE along with the opening of the stream and learns only a round trip later that it is open.
    tor knows the moment when the circuit stood and the bytes left."""
    ready = caller["link_ready_ms"] / 1000
    dialled = caller.get("source") in (None, "built")
    if dialled and carrier is not None and carrier.attached is not None:
        ready = min(ready, carrier.attached - trace.invite)
    return max(0.0, ready)


def sources(calls):
    """{source of the link: number of calls}; {} from a bridge that tells none."""
    told = [call.source for call in calls if call.source is not None]
    return {source: told.count(source) for source in sorted(set(told))}
