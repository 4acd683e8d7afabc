"""A SIP phone that says as much about itself as phones can, and asserts nothing: it plays its part in a dialog and tells how it
ended.
"""
import dataclasses
import select
import time

from leakaudit import digest
from sip.message import Message, parameter, token

_LARGEST = 65_535
PATIENCE_S = 12.0  # seconds; longer than a bridge takes to dial, shorter than its own timer B


class Silence(Exception):
    """What was waited for did not come; the text says what."""


@dataclasses.dataclass(frozen=True)
class Person:
    """`display` is a canary, too. `others_call_me`: the name under which others have this person in their address books."""
    user: str
    domain: str
    password: str
    display: str
    others_call_me: str

    @property
    def address(self):
        return f"sip:{self.user}@{self.domain}"


class Agent:
    """A phone of `person` on a bound UDP `sock`; `proxy` gets all it sends outside of answers. `plant` fills its messages. `patience`:
    how many seconds it waits for a message."""

    def __init__(self, person, sock, proxy, plant, patience=PATIENCE_S):
        self.person, self.plant, self._patience = person, plant, patience
        self._sock, self._proxy = sock, proxy
        self.host, self.port = sock.getsockname()[:2]
        self._pending = []
        self._answered = {}  # (branch, method) -> what was sent, for a request that comes again
        self._acks = {}      # (Call-ID, To tag, CSeq) -> ACK of a 2xx that may come again
        self._registered_as, self._registrations = None, 0

    # --- what it says of itself ---

    @property
    def contact(self):
        instance = self.plant.text("Contact +sip.instance")
        grid = self.plant.text("Contact gr")
        return (f"\"{self.person.display}\" <sip:{self.person.user}@{self.host}:{self.port};ob;gr=urn:uuid:{grid}"
                f";x-p={self.plant.text('Contact URI parameter')}>;+sip.instance=\"<urn:uuid:{instance}>\";reg-id=1"
                f";+sip.{self.plant.text('Contact feature')};x-h={self.plant.text('Contact parameter')}")

    def _via(self):
        return (f"SIP/2.0/UDP {self.host}:{self.port};rport;branch=z9hG4bK{self.plant.text('Via branch')}{token()}"
                f";x-v={self.plant.text('Via parameter')}")

    def _from(self):
        return (f"\"{self.person.display}\" <{self.person.address};x-f={self.plant.text('From URI parameter')}>"
                f";tag={self._tag()};epid={self.plant.text('From epid')}")

    def _tag(self):
        return f"{self.plant.text('tag')}-{token()}"

    def _own_identities(self, status):
        """Headers in which a phone names its own user once more."""
        named = f"\"{self.person.display}\" <{self.person.address}>"
        headers = [("P-Asserted-Identity", named), ("P-Asserted-Identity", f"<tel:+{self.plant.text('PAI tel', 'digits')}>"),
                   ("Remote-Party-ID", f"{named};party=called;screen=yes"), ("History-Info", f"{named};index=1.1"),
                   ("Diversion", f"{named};reason=no-answer"), ("Reply-To", named)]
        return headers if status else [*headers, ("P-Preferred-Identity", named), ("P-Served-User", named)]

    def _fresh_call_id(self):
        return f"{token()}-{self.plant.text('Call-ID')}@{self.host}"

    # --- sending ---

    def registration(self, expires=600):
        """REGISTER, always under one Call-ID (RFC 3261 section 10.2.4)."""
        if self._registered_as is None:
            self._registered_as = self._fresh_call_id()
        self._registrations += 1
        request = self.request("REGISTER", f"sip:{self.person.domain}", self.person, [("Expires", str(expires))],
                               call_id=self._registered_as)
        sequence = f"{self._registrations * 10} REGISTER"  # room for the repetition with credentials
        request.headers = [(name, sequence if name == "CSeq" else value) for name, value in request.headers]
        return request

    def request(self, method, uri, to=None, headers=(), body=b"", call_id=None):
        """A request outside of a dialog. `to`: the Person whom it is for, else the To is the Request-URI."""
        name = to and (to.display if to == self.person else to.others_call_me)
        to_value = f"\"{name}\" <{to.address};x-t={self.plant.text('To URI parameter')}>" if to else f"<{uri}>"
        call_id = call_id or self._fresh_call_id()
        return self._filled(method, Message(f"{method} {uri} SIP/2.0", [
            ("Via", self._via()), ("Max-Forwards", "70"), ("From", self._from()), ("To", to_value), ("Call-ID", call_id),
            ("CSeq", f"1 {method}"), ("Contact", self.contact)], body), headers)

    def in_dialog(self, dialog, method, headers=(), body=b"", sequence=None):
        return self._filled(method, dialog.request(method, self._via(), self.contact, body=body, sequence=sequence), headers)

    def _filled(self, method, message, headers):
        planted = self.plant.headers(method) + self._own_identities(0)
        given = {name.lower() for name, _ in headers}
        message.headers += [*(one for one in planted if one[0].lower() not in given), *headers]
        return message

    def send(self, message, target=None):
        self.send_bytes(message.bytes(), target)
        return message

    def send_bytes(self, data, target=None):
        self._sock.sendto(data, target or self._proxy)

    def answer(self, request, status, reason="Reason", headers=(), body=b"", tag=None, contact=None, plain=False):
        """Sends a response to `request` and returns it. `plain`: without canaries, as for a mere 100."""
        message = request.response(status, reason, None if status == 100 else tag or self._tag(), body=body)
        if not plain:
            planted = [] if status == 100 else self.plant.headers(request.method, status) + self._own_identities(status)
            given = {name.lower() for name, _ in headers}
            message.headers += [one for one in planted if one[0].lower() not in given]
            message.headers.append(("Contact", contact or self.contact))
        message.headers += headers
        self._answered.setdefault((request.branch, request.method), []).append(message)
        return self.send(message, request.source)

    # --- receiving ---

    def expect(self, what, of=None, seconds=None):
        """The next message that fits: a method, a status, a tuple of them, or a function. `of`: a Call-ID. Silence if none
        comes."""
        deadline = time.monotonic() + (seconds or self._patience)
        while True:
            for index, message in enumerate(self._pending):
                if message.fits(what) and (of is None or message.call_id == of):
                    return self._pending.pop(index)
            left = deadline - time.monotonic()
            if left <= 0:
                raise Silence(f"{self.plant.owner} waited for {getattr(what, '__name__', what)}; it has {self._pending}")
            self._read(left)

    def receive(self, method, sender, request):
        """The request of this method that `sender` began with `request`; Silence at once if that has had its final answer."""
        deadline = time.monotonic() + self._patience
        while not self.has(method):
            refusal = sender.refusal_of(request)
            if refusal or time.monotonic() > deadline:
                raise Silence(f"{method} of {sender.plant.owner} does not reach {self.plant.owner}: "
                              f"{f'answered with {refusal.start[8:]!r}' if refusal else 'nothing answers'}")
            time.sleep(0.005)
        return self.expect(method)

    def refusal_of(self, request):
        """The answer of 300 or more to `request`, if it has come; it is left to be waited for."""
        self._read(0)
        return next((message for message in self._pending if message.call_id == request.call_id and message.status >= 300
                     and message.sequence == request.sequence), None)

    def final(self, request, seconds=None):
        """The final response to `request`; an INVITE that was refused is acknowledged."""
        def final_answer(message):
            return message.status >= 200 and message.method == request.method and message.sequence == request.sequence
        response = self.expect(final_answer, request.call_id, seconds)
        if request.method == "INVITE" and response.status >= 300:
            self.send(request.refusal_ack(response))
        return response

    def begin(self, request, receivers=()):
        """Sends `request`, and repeats it with credentials as often as it is challenged (twice at most). Returns the request that
        counts, as soon as an answer other than 100 has come, which is left to be waited for, or one of the agents in `receivers`
        has got a request of this method."""
        self.send(request)
        for _ in range(2):
            challenge = self._challenge(request, receivers)
            if challenge is None:
                return request
            if request.method == "INVITE":
                self.send(request.refusal_ack(challenge))
            asked, answer = ("WWW-Authenticate", "Authorization") if challenge.status == 401 else \
                            ("Proxy-Authenticate", "Proxy-Authorization")
            request = self._repeated(request, answer, digest.credentials(
                challenge.get(asked), request.method, request.uri, self.person.user, self.person.password))
            self.send(request)
        return request

    def _challenge(self, request, receivers):
        """The 401 or 407 to `request`, taken; None if something else happens first."""
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            for index, message in enumerate(self._pending):
                if message.call_id == request.call_id and message.status > 100 and message.sequence == request.sequence:
                    return self._pending.pop(index) if message.status in (401, 407) else None
            if any(other.has(request.method) for other in receivers):
                return None
            self._read(0.02)
        raise Silence(f"{self.plant.owner}: nothing answers {request}")

    def has(self, method):
        """Whether a request of this method waits to be taken."""
        self._read(0)
        return any(message.fits(method) for message in self._pending)

    def _repeated(self, request, name, value):
        headers = []
        for key, old in request.headers:
            if key == "CSeq":
                old = f"{request.sequence + 1} {request.method}"
            if key == "Via":
                old = self._via()
            if key.lower() != name.lower():
                headers.append((key, old))
        return Message(request.start, [*headers, (name, value)], request.body)

    def acknowledge(self, dialog, response, headers=(), body=b""):
        ack = self.in_dialog(dialog, "ACK", headers, body, sequence=response.sequence)
        self._acks[response.call_id, parameter(response.get("To"), "tag"), response.sequence] = ack
        return self.send(ack)

    def drain(self, seconds):
        """Reads what still comes, and forgets what nobody waited for."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)
        self._pending.clear()

    def _read(self, seconds):
        if not select.select([self._sock], [], [], min(seconds, 0.1))[0]:
            return
        data, source = self._sock.recvfrom(_LARGEST)
        message = Message.parse(data)
        if message is None:
            return
        message.source = source
        if message.is_request:
            again = self._answered.get((message.branch, message.method))
            if again:
                self.send(again[-1], source)
                return
        elif message.method == "INVITE" and 200 <= message.status < 300:
            ack = self._acks.get((message.call_id, parameter(message.get("To"), "tag"), message.sequence))
            if ack:
                self.send(ack)
                return
        self._pending.append(message)

    def close(self):
        self._sock.close()
