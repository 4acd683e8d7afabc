"""A SIP phone that does what a scenario tells it and nothing by itself: no retransmission, no answer that was not ordered."""
import time

import wire
from message import Message, token
from waiting import Failure, ticks


class Phone:
    """`bridge`: (host, port) of its outbound proxy. Use it from one thread."""

    def __init__(self, host, port, bridge, user="alice", transport="udp"):
        self.wire = (wire.TcpWire if transport == "tcp" else wire.UdpWire)(host, port)
        self.host, self.port, self.bridge, self.user = host, self.wire.port, bridge, user
        self.name = f"[{host}]" if ":" in host else host
        self.address = f"sip:{user}@{self.name}:{self.port}" + (";transport=tcp" if transport == "tcp" else "")
        self.identity = f"sip:{user}@phone.test"
        self.log = []  # every message that came in, as (time, message)
        self._pending = []

    def close(self):
        self.wire.close()

    def request(self, method, uri, headers=(), body=b""):
        """A request outside a dialog; further headers replace the usual ones."""
        message = Message(f"{method} {uri} SIP/2.0", [
            ("Via", self.via()), ("Max-Forwards", "70"),
            ("From", f"<{self.identity}>;tag={token()}"), ("To", f"<{uri}>"),
            ("Call-ID", token()), ("CSeq", f"1 {method}"), ("Contact", f"<{self.address}>")], body)
        for name, value in headers:
            message.set(name, value)
        return message

    def via(self):
        return f"SIP/2.0/{self.wire.name} {self.name}:{self.port};rport;branch=z9hG4bK{token()}"

    def send(self, message, to=None, compact=False):
        """Returns the message. An answer goes to where its request came from, the rest to the bridge."""
        self.send_bytes(message.bytes(compact), to or message.source)
        return message

    def send_bytes(self, data, to=None):
        self.wire.send(data, to or self.bridge)

    def expect(self, what, seconds=10, of=None):
        """The next message that `what` describes: a method, a status, several in a tuple, or a function of the message.
        of: a message of the same call. Others stay for later calls."""
        for left in ticks(seconds, lambda: f"{self.user} gets {getattr(what, '__name__', what)}; it got {self._pending}"):
            for index, message in enumerate(self._pending):
                if _fits(what, message) and (of is None or of.call_id == message.call_id):
                    return self._pending.pop(index)
            self.read(left)
        return None

    def answer(self, request, seconds=10):
        """The final response to a request that was sent."""
        def final_answer(message):
            return message.status and message.status >= 200 and message.method == request.method
        return self.expect(final_answer, seconds, of=request)

    def read(self, seconds):
        got = self.wire.receive(seconds)
        if got is None:
            return
        message = Message.parse(got[0])
        message.source = got[1]
        self.log.append((time.monotonic(), message))
        self._pending.append(message)

    def read_for(self, seconds):
        """Keeps reading, for scenarios that count what comes, or that nothing comes."""
        end = time.monotonic() + seconds
        try:
            for left in ticks(seconds + 1, "reading"):
                if time.monotonic() >= end:
                    return
                self.read(left)
        except Failure:
            if time.monotonic() < end:
                raise

    def count(self, what, of=None):
        """How many such messages have come in so far, repetitions included."""
        return sum(_fits(what, message) and (of is None or of.call_id == message.call_id) for _, message in self.log)


def _fits(what, message):
    if callable(what):
        return what(message)
    if isinstance(what, tuple):
        return any(_fits(one, message) for one in what)
    if isinstance(what, int):
        return message.status == what
    return message.is_request and message.method == what
