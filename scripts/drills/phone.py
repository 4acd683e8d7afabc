"""A SIP phone as a user has it: it repeats what is not answered (RFC 3261 section 17), answers all that comes in, and notes when each
thing happened. Times are of time.monotonic().
"""
import dataclasses
import heapq
import itertools
import select
import socket
import threading
import time

from sip.dialog import Dialog
from sip.message import Message, parameter, token

T1, T2 = 0.5, 4.0
GIVES_UP = 64 * T1  # timers B, F and H
_LARGEST = 65_535
_SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
_SDP_TYPE = ("Content-Type", "application/sdp")


@dataclasses.dataclass
class Asked:
    """A request of ours and what came of it; None for what has not happened."""
    request: Message
    sent: float
    heard: float = None     # the first answer of any kind
    ringing: float = None   # 180
    final: float = None
    status: int = None      # of the final answer
    reason: str = ""        # what its Reason header says
    dialog: Dialog = None

    @property
    def over(self):
        return self.final is not None or time.monotonic() > self.sent + GIVES_UP + T2


@dataclasses.dataclass(frozen=True)
class Arrival:
    """A request that came in for the first time, as transactions go."""
    time: float
    request: Message


class Phone:
    """On a port of 127.0.0.1 that the system chooses; a thread of its own until close(). `bridge`: (host, port) of its outbound
    proxy, which may be set later."""

    def __init__(self, user, bridge=None):
        self.user, self.bridge = user, bridge
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.contact = f"<sip:{user}@127.0.0.1:{self.port}>"
        self._wake, self._waker = socket.socketpair()
        self._lock = threading.RLock()
        self._asked = {}     # (branch, method) -> Asked
        self._answered = {}  # (branch, method) -> Message, for a request that comes again
        self._confirmed = set()  # (Call-ID, CSeq number) of INVITEs whose ACK has come
        self._arrivals = []
        self._dialogs = {}   # Call-ID -> Dialog, of calls that came in
        self._timers = []    # (due, number, interval, action: returns whether to go on)
        self._numbers = itertools.count()
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._open = False
        self._waker.send(b"x")
        self._thread.join()
        for one in (self._socket, self._wake, self._waker):
            one.close()

    # --- asking ---

    def call(self, uri):
        """INVITE; it is acknowledged and has a dialog once it is answered."""
        return self._ask(Message(f"INVITE {uri} SIP/2.0", [
            ("Via", self._via()), ("Max-Forwards", "70"), ("From", f"<sip:{self.user}@{self.user}.example>;tag={token()}"),
            ("To", f"<{uri}>"), ("Call-ID", token()), ("CSeq", "1 INVITE"), ("Contact", self.contact), _SDP_TYPE], _SDP), None)

    def ask(self, dialog, method):
        """A request within a dialog of ours."""
        more = [_SDP_TYPE] if method == "INVITE" else []
        return self._ask(dialog.request(method, self._via(), self.contact, more, _SDP if more else b""), dialog)

    def dialog_of(self, call_id):
        """Of a call that came in."""
        with self._lock:
            return self._dialogs.get(call_id)

    def confirmed(self, invite):
        """Whether the ACK of an INVITE that came in has come."""
        with self._lock:
            return (invite.call_id, invite.sequence) in self._confirmed

    def arrivals(self, method):
        with self._lock:
            return [arrival for arrival in self._arrivals if arrival.request.method == method]

    def _ask(self, request, dialog):
        asked = Asked(request, time.monotonic(), dialog=dialog)
        with self._lock:
            self._asked[request.branch, request.method] = asked
        self._send(request)
        end = asked.sent + GIVES_UP

        def again():
            waiting = asked.final is None and time.monotonic() < end
            if waiting and (request.method != "INVITE" or asked.heard is None):
                self._send(request)
            return waiting
        self._at(T1, again)
        return asked

    def _via(self):
        return f"SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{token()}"

    # --- what comes in ---

    def _run(self):
        while self._open:
            with self._lock:
                due = self._timers[0][0] if self._timers else None
            wait = None if due is None else max(0.0, due - time.monotonic())
            readable, _, _ = select.select([self._socket, self._wake], [], [], wait)
            if self._wake in readable:
                self._wake.recv(64)
            if self._socket in readable:
                self._read()
            self._run_timers()

    def _read(self):
        try:
            data, source = self._socket.recvfrom(_LARGEST)
        except OSError:  # the bridge's port was closed when we sent there
            return
        message = Message.parse(data)
        if message is None:
            return
        message.source = source
        with self._lock:
            if message.is_request:
                self._on_request(message)
            else:
                self._on_response(message)

    def _on_response(self, response):
        asked = self._asked.get((response.branch, response.method))
        if asked is None:
            return
        now = time.monotonic()
        asked.heard = asked.heard or now
        if response.status == 180:
            asked.ringing = asked.ringing or now
        if response.status < 200:
            return
        first = asked.final is None
        if first:
            asked.status, asked.reason = response.status, response.get("Reason")
        if response.method == "INVITE":
            if response.status < 300:
                if asked.dialog is None:
                    asked.dialog = Dialog.of_caller(response)
                asked.dialog.refresh(response)
                self._send(asked.dialog.request("ACK", self._via(), self.contact, sequence=response.sequence))
            else:
                self._send(asked.request.refusal_ack(response))
        if first:
            asked.final = now

    def _on_request(self, request):
        if request.method == "ACK":
            self._confirmed.add((request.call_id, request.sequence))
            return
        again = self._answered.get((request.branch, request.method))
        if again is not None:
            self._send(again, request.source)
            return
        self._arrivals.append(Arrival(time.monotonic(), request))
        new = parameter(request.get("To"), "tag") is None
        if request.method == "INVITE" and new:
            tag = token()
            self._answer(request, 180, tag)
            answer = self._answer(request, 200, tag, _SDP)
            self._dialogs[request.call_id] = Dialog.of_callee(request, answer)
            self._repeat_until_confirmed(request, answer)
        elif request.method == "INVITE":
            self._repeat_until_confirmed(request, self._answer(request, 200, None, _SDP))
        else:
            self._answer(request, 481 if new and request.method == "BYE" else 200, None)

    def _answer(self, request, status, tag, body=b""):
        more = [_SDP_TYPE] if body else []
        answer = request.response(status, "Ringing" if status == 180 else "OK", tag, [("Contact", self.contact), *more], body)
        self._answered[request.branch, request.method] = answer
        self._send(answer, request.source)
        return answer

    def _repeat_until_confirmed(self, request, answer):
        key, end = (request.call_id, request.sequence), time.monotonic() + GIVES_UP

        def again():
            waiting = key not in self._confirmed and time.monotonic() < end
            if waiting:
                self._send(answer, request.source)
            return waiting
        self._at(T1, again)

    # --- sending, and what happens later ---

    def _send(self, message, target=None):
        try:
            self._socket.sendto(message.bytes(), target or self.bridge)
        except OSError:  # nobody listens there at the moment: it is sent again
            pass

    def _at(self, interval, action):
        with self._lock:
            heapq.heappush(self._timers, (time.monotonic() + interval, next(self._numbers), interval, action))
        self._waker.send(b"x")

    def _run_timers(self):
        while True:
            with self._lock:
                if not self._timers or self._timers[0][0] > time.monotonic():
                    return
                _, _, interval, action = heapq.heappop(self._timers)
                if action():
                    self._at(min(2 * interval, T2), action)
