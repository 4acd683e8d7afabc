"""A SIP phone that does what a scenario tells it and nothing by itself: no retransmission, no answer that was not ordered."""
import itertools
import time

import wire
from privacy import check_answer, identifiers, route_tokens
from sip.message import Message, token
from waiting import Failure, check, ticks

_numbers = itertools.count()


class Phone:
    """`bridge`: (host, port) of its outbound proxy, or None. Use it from one thread."""

    def __init__(self, host, port, bridge, user="alice", transport="udp", bound=None):
        self.wire = wire.TcpWire(host, port) if transport == "tcp" else wire.UdpWire(host, port, bound)
        self.host, self.port, self.bridge, self.user = host, self.wire.port, bridge, user
        self.name = _bracketed(host)
        self.address = f"sip:{user}@{self.name}:{self.port}" + (";transport=tcp" if transport == "tcp" else "")
        self.identity = f"sip:{user}@phone.test"
        self.title = f"Phone of {user}"
        self.device = f"Device-of-{user}/1.0"
        self.media_host = f"192.0.2.{100 + next(_numbers) % 150}"
        self.log = []  # every message that came in, as (time, message)
        self.strangers = set()  # phones of which nothing may ever come in here
        self.patience = 10  # seconds that a message may take to come in, unless told otherwise
        self._pending = []
        self._met = set()  # Call-IDs
        self._asked = {}  # requests by their transaction
        self._identifiers = set()

    def close(self):
        self.wire.close()

    def request(self, method, uri, headers=(), body=b""):
        """A request outside a dialog; further headers replace the usual ones."""
        message = Message(f"{method} {uri} SIP/2.0", [
            ("Via", self.via()), ("Max-Forwards", "70"),
            ("From", f'"{self.title}" <{self.identity}>;tag={token()}'), ("To", f"<{uri}>"),
            ("Call-ID", token()), ("CSeq", f"1 {method}"), ("Contact", f"<{self.address}>"), ("User-Agent", self.device)], body)
        for name, value in headers:
            message.set(name, value)
        return message

    def via(self):
        return f"SIP/2.0/{self.wire.name} {self.name}:{self.port};rport;branch=z9hG4bK{token()}"

    @property
    def bridge_name(self):
        """How the phone's bridge is called in Via and Record-Route; without one they are those of a tunnel."""
        return f"{_bracketed(self.bridge[0])}:{self.bridge[1]}" if self.bridge else "anonymous.invalid"

    def private(self):
        """Words that nobody behind another bridge may see: where and what the phone is, and every identifier that it used."""
        words = {f"{self.name}:{self.port}", self.title, self.device, self.media_host} | self._identifiers
        if self.bridge:
            words.add(self.bridge_name)
            if self.host != self.bridge[0]:
                words.add(self.host)
        return words

    def send(self, message, to=None, compact=False):
        """Returns the message. An answer goes to where its request came from, the rest to the bridge."""
        self._identifiers |= identifiers(message)
        if self.bridge:  # else they are those of the other phone's bridge, on the tunnel's side of it
            self._identifiers |= route_tokens(message)
        if message.is_request:
            self._met.add(message.call_id)
            self._asked[message.branch, message.method] = message
        self.send_bytes(message.bytes(compact), to or message.source)
        return message

    def send_bytes(self, data, to=None):
        self.wire.send(data, to or self.bridge)

    def expect(self, what, seconds=None, of=None):
        """The next message that `what` describes: a method, a status, several in a tuple, or a function of the message.
        of: a message of the same call at this very phone, or its Dialog. Others stay for later calls."""
        for left in ticks(seconds or self.patience, lambda: f"{self.user} gets {getattr(what, '__name__', what)}; it got {self._pending}"):
            for index, message in enumerate(self._pending):
                if message.fits(what) and (of is None or of.call_id == message.call_id):
                    return self._pending.pop(index)
            self.read(left)
        return None

    def put_back(self, message):
        """So that it is expected once more."""
        self._pending.insert(0, message)

    def expect_new(self, method, seconds=None, uri=None):
        """The next request that belongs to nothing which this phone has seen. Its Call-ID and tags are this side's own: the
        sender knows the call by other ones. uri: its Request-URI, if others may come as well."""
        def new_request(message):
            return message.fits(method) and message.to_tag is None and message.call_id not in self._met and uri in (None, message.uri)
        new_request.__name__ = f"new {method} to {uri or 'anybody'}"
        message = self.expect(new_request, seconds)
        self._met.add(message.call_id)
        return message

    def answer(self, request, seconds=None):
        """The final response to a request that was sent."""
        def final_answer(message):
            return message.status and message.status >= 200 and message.method == request.method
        return self.expect(final_answer, seconds, of=request)

    def read(self, seconds):
        got = self.wire.receive(seconds)
        if got is None:
            return
        message = Message.parse(got[0])
        check(message is not None, f"{self.user} gets what is no SIP message: {got[0]!r}")
        message.source = got[1]
        self.log.append((time.monotonic(), message))
        self._pending.append(message)
        self._examine(message)

    def _examine(self, message):
        text = message.raw.decode("utf-8", "replace")
        for stranger in self.strangers:
            found = [word for word in stranger.private() if word in text]
            check(not found, f"{self.user} sees {found} of {stranger.user} in\n{text}")
        if message.is_request:
            return
        asked = self._asked.get((message.branch, message.method))
        if asked:
            check_answer(message, asked)
        else:
            check(message.call_id not in self._met, f"{self.user} gets an answer to nothing that it sent:\n{text}")

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
        return sum(message.fits(what) and (of is None or of.call_id == message.call_id) for _, message in self.log)


def make_strangers(one, other):
    """From now on nothing private of either may come in at the other."""
    one.strangers.add(other)
    other.strangers.add(one)


def _bracketed(host):
    return f"[{host}]" if ":" in host else host
