"""Calls between two phones, step by step, with the state of a dialog at each end (RFC 3261 section 12)."""
from phone import make_strangers
from privacy import check_crossed, check_sdp, same_end
from sip import dialog
from sip.message import Message, token
from waiting import check, equal

AS_SDP = ("Content-Type", "application/sdp")
AS_TEXT = ("Content-Type", "text/plain")


def sdp(phone):
    return (f"v=0\r\no={phone.user} 1 1 IN IP4 {phone.media_host}\r\ns={phone.title}\r\nc=IN IP4 {phone.media_host}\r\nt=0 0\r\n"
            "m=audio 4000 RTP/AVP 0\r\n").encode()


class Dialog:
    """One end's view: its Call-ID and tags are not those of the other end."""

    def __init__(self, phone, end):
        self.phone, self._end = phone, end

    @classmethod
    def of_caller(cls, phone, response):
        return cls(phone, dialog.Dialog.of_caller(response))

    @classmethod
    def of_callee(cls, phone, request, response):
        return cls(phone, dialog.Dialog.of_callee(request, response))

    @property
    def call_id(self):
        return self._end.call_id

    def request(self, method, headers=(), body=b""):
        return self._end.request(method, self.phone.via(), f"<{self.phone.address}>", [("User-Agent", self.phone.device), *headers], body)

    def expect(self, sent):
        """`sent`, a request of the other end, as it comes in here: by this end's names of the dialog, at this phone's Contact."""
        got = self.phone.expect(sent.method, of=self)
        check(same_end(got.get("From"), self._end.remote), f"From of {got}: {got.get('From')}, and the other end is {self._end.remote}")
        check(same_end(got.get("To"), self._end.local), f"To of {got}: {got.get('To')}, and this end is {self._end.local}")
        equal(got.get("CSeq"), sent.get("CSeq"), f"CSeq of {got}")
        equal(got.uri, self.phone.address, f"the Request-URI of {got}")
        equal(got.body, sent.body, f"the body of {got}")
        check_crossed(got, self.phone, opens_dialog=False)
        return got


class Call:
    """A call of `caller` to `callee`; the steps in the order of a good one. Each step waits until its message has crossed.
    `invite` is what the caller sent, `received` what the callee got of it: each names the call at its own end."""

    def __init__(self, caller, callee, uri="sip:bob@bob.example", headers=()):
        self.caller, self.callee = caller, callee
        self.invite = caller.request("INVITE", uri, [AS_SDP, *headers], sdp(caller))
        self.received = self.caller_end = self.callee_end = None
        self._tag = token()
        if caller is not callee:
            make_strangers(caller, callee)

    def send(self, seconds=None, compact=False):
        self.caller.send(self.invite, compact=compact)
        return self.arrive(seconds)

    def arrive(self, seconds=None, uri=None):
        self.received = self.callee.expect_new("INVITE", seconds, uri)
        check_crossed(self.received, self.callee)
        check_sdp(self.received)
        equal(self.received.uri, self.invite.uri, "the Request-URI of INVITE")
        return self

    def respond(self, status, reason, headers=(), body=b""):
        """An answer of the callee's."""
        own = [("Server", self.callee.device), *headers]
        if status < 300:
            own.append(("Contact", f"<{self.callee.address}>"))
        return self.callee.send(self.received.response(status, reason, self._tag, own, body))

    def ring(self):
        self.respond(180, "Ringing")
        check_crossed(self.caller.expect(180, of=self.invite), self.caller)
        return self

    def pick_up(self):
        ok = self.respond(200, "OK", [AS_SDP], sdp(self.callee))
        self.callee_end = Dialog.of_callee(self.callee, self.received, ok)
        answer = self.caller.expect(200, of=self.invite)
        check_crossed(answer, self.caller)
        check_sdp(answer)
        self.caller_end = Dialog.of_caller(self.caller, answer)
        return self

    def confirm(self):
        self.callee_end.expect(self.caller.send(self.caller_end.request("ACK")))
        return self

    def establish(self, seconds=None):
        return self.send(seconds).ring().pick_up().confirm()

    def in_dialog(self, end, method, headers=(), body=b"", status=200):
        """A request of one end ("caller" or "callee") and the other's answer."""
        sender, other = self.ends(end)
        request = sender.phone.send(sender.request(method, headers, body))
        got = other.expect(request)
        other.phone.send(got.response(status))
        equal(sender.phone.answer(request).status, status, f"the answer to {method}")
        return got

    def ends(self, sender):
        """The Dialog of that end, and the other one."""
        ends = self.caller_end, self.callee_end
        return ends if sender == "caller" else ends[::-1]

    def hang_up(self, end="caller"):
        self.in_dialog(end, "BYE")

    def refuse(self, status, reason, headers=()):
        """The callee's final answer other than 200; the bridge itself must acknowledge it."""
        self.respond(status, reason, headers)
        self.callee.expect("ACK", of=self.received)

    def acknowledge_refusal(self, answer):
        """ACK of the caller, in the transaction of the INVITE (section 17.1.1.3)."""
        self.caller.send(self.invite.refusal_ack(answer))

    def cancel(self):
        cancel = Message(f"CANCEL {self.invite.uri} SIP/2.0", [
            ("Via", self.invite.get("Via")), ("Max-Forwards", "70"), ("From", self.invite.get("From")),
            ("To", self.invite.get("To")), ("Call-ID", self.invite.call_id), ("CSeq", "1 CANCEL")])
        self.caller.send(cancel)
        equal(self.caller.expect(lambda m: m.status and m.method == "CANCEL", of=self.invite).status, 200, "the answer to CANCEL")
