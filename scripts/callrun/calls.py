"""One call as everybody saw it: the caller's phone, both bridges, and tor."""
import dataclasses
import hashlib

from callrun.circuits import shared_circuits
from callrun.sipp_log import CallTrace

# SIPp logs an INVITE once it is sent: on a busy machine the bridge may have asked tor by then. Well below the gap between two calls.
_LATE_LOG_S = 0.1


@dataclasses.dataclass
class Call:
    """The parts sum up to `invite_to_180_s`; each is None where somebody has no record of it. Seconds."""
    number: int
    trace: CallTrace
    invite_to_180_s: float = None
    link_ready_s: float = None  # INVITE until the link took it: dial, circuit, or 0 on an open link
    callee_s: float = None      # the callee's phone
    bridge_s: float = None      # in the code of both bridges
    network_s: float = None     # the rest
    circuit: int = None
    purpose: str = None         # of the circuit; a client's side of a rendezvous is HS_CLIENT_REND
    credential: tuple = None    # SOCKS user name and password of its stream
    source: str = None          # of its link: standby, built, shared or none
    moved: int = None           # how often it had to be repeated on another link

    @property
    def complete(self):
        return self.trace.complete


def digest(text):
    """How `sipveil status --json` names a Call-ID, as its phone knows it, or a SOCKS credential, "user:password"."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def join(traces, caller_status, callee_status, streams, circuits, sequential=True):
    """Calls from the caller's CallTrace list, the status of both bridges, the streams to the peer (circuits.Stream) and all
    circuits by number. A call's stream is told by its credential, since it may have been opened long before the call. Where the
    status names none and the calls came one after the other, a stream that was asked for before the next INVITE belongs to its call.
    """
    callers, callees = _timelines(caller_status, True, "call"), _timelines(callee_status, False, "wire")
    by_credential = {}
    for stream in streams:
        if stream.credential is not None:
            by_credential.setdefault(digest(":".join(part or "" for part in stream.credential)), []).append(stream)
    calls = []
    for index, trace in enumerate(traces):
        after = traces[index + 1].invite if index + 1 < len(traces) else float("inf")
        caller = callers.get(digest(trace.call_id))
        if caller is not None and "credential" in caller:
            stream = _came_through(by_credential.get(caller["credential"], []))
        else:
            stream = _stream_of(streams, trace.invite - _LATE_LOG_S, after - _LATE_LOG_S) if sequential else None
        call = _join_one(index + 1, trace, caller, callees.get(caller["wire"]) if caller else None, stream)
        if call.circuit in circuits:
            call.purpose = circuits[call.circuit].purpose
        calls.append(call)
    return calls


def _timelines(status, outbound, key):
    return {call[key]: call for call in (status or {}).get("calls", []) if call["outbound"] == outbound}


def _stream_of(streams, begin, end):
    return _came_through([stream for stream in streams if stream.asked is not None and begin <= stream.asked < end])


def _came_through(streams):
    """The stream that a call got: of several, because a dial was repeated, the one that came through."""
    connected = [stream for stream in streams if stream.connected is not None]
    return (connected or streams or [None])[-1]


def _join_one(number, trace, caller, callee, stream):
    call = Call(number, trace, trace.invite_to_ringing)
    if stream is not None:
        call.circuit, call.credential = stream.circuit, stream.credential
    if caller is not None:
        call.source, call.moved = caller.get("source"), caller.get("moved")
    if call.invite_to_180_s is None or caller is None or caller["link_ready_ms"] is None:
        return call
    call.link_ready_s = _link_ready(trace, caller, stream)
    if callee is None:
        return call
    call.bridge_s = (caller["busy_ms"] + callee["busy_ms"]) / 1000
    if callee["first_answer_ms"] is not None and callee["sent_ms"] is not None:
        call.callee_s = (callee["first_answer_ms"] - callee["sent_ms"]) / 1000
        call.network_s = max(0.0, call.invite_to_180_s - call.link_ready_s - call.callee_s - call.bridge_s)
    return call


def _link_ready(trace, caller, stream):
    """A bridge that dials sends the INVITE along with the opening of the stream and learns only a round trip later that it is open.
    tor knows the moment when the circuit stood and the bytes left."""
    ready = caller["link_ready_ms"] / 1000
    dialled = caller.get("source") in (None, "built")
    if dialled and stream is not None and stream.attached is not None:
        ready = min(ready, stream.attached - trace.invite)
    return max(0.0, ready)


def sources(calls):
    """{source of the link: number of calls}; {} from a bridge that tells none."""
    told = [call.source for call in calls if call.source is not None]
    return {source: told.count(source) for source in sorted(set(told))}


def distinct_circuits(calls, streams):
    """How many calls had a circuit which carried nothing else."""
    shared = shared_circuits(streams)
    mine = [call.circuit for call in calls if call.circuit is not None]
    return sum(1 for circuit in mine if mine.count(circuit) == 1 and circuit not in shared)
