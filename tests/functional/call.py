"""Calls between two phones, step by step, with the state of a dialog at each end (RFC 3261 section 12)."""
from message import Message, token, uri_of
from waiting import check, equal

SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
_AS_SDP = ("Content-Type", "application/sdp")


class Dialog:
    """One end's view."""

    def __init__(self, phone, local, remote, call_id, target, routes, cseq):
        self.phone, self.local, self.remote, self.call_id = phone, local, remote, call_id
        self.target, self.routes, self.cseq = target, routes, cseq

    @classmethod
    def of_caller(cls, phone, response):
        return cls(phone, response.get("From"), response.get("To"), response.call_id, uri_of(response.get("Contact")),
                   response.all("Record-Route")[::-1], int(response.get("CSeq").split()[0]))

    @classmethod
    def of_callee(cls, phone, request, response):
        return cls(phone, response.get("To"), response.get("From"), response.call_id, uri_of(request.get("Contact")),
                   request.all("Record-Route"), 0)

    def request(self, method, headers=(), body=b""):
        if method != "ACK":
            self.cseq += 1
        routes = [("Route", route) for route in self.routes]
        return Message(f"{method} {self.target} SIP/2.0", [
            ("Via", self.phone.via()), *routes, ("Max-Forwards", "70"), ("From", self.local), ("To", self.remote),
            ("Call-ID", self.call_id), ("CSeq", f"{self.cseq} {method}"), ("Contact", f"<{self.phone.address}>"), *headers], body)


class Call:
    """A call of `caller` to `callee`; the steps in the order of a good one. Each step waits until its message has crossed."""

    def __init__(self, caller, callee, uri="sip:bob@bob.example", headers=()):
        self.caller, self.callee = caller, callee
        self.invite = caller.request("INVITE", uri, [_AS_SDP, *headers], SDP)
        self.received = self.caller_end = self.callee_end = None
        self._tag = token()

    def send(self, seconds=10, compact=False):
        self.caller.send(self.invite, compact=compact)
        self.received = self.callee.expect("INVITE", seconds, of=self.invite)
        equal(self.received.body, SDP, "the INVITE's body")
        return self

    def ring(self):
        self.callee.send(self.received.response(180, "Ringing", self._tag, [("Contact", f"<{self.callee.address}>")]))
        ringing = self.caller.expect(180, of=self.invite)
        check(not [via for via in ringing.all("Via") if self.invite.branch not in via], "180 carries Via entries of the bridge")
        return self

    def pick_up(self):
        ok = self.received.response(200, "OK", self._tag, [("Contact", f"<{self.callee.address}>"), _AS_SDP], SDP)
        self.callee.send(ok)
        self.callee_end = Dialog.of_callee(self.callee, self.received, ok)
        answer = self.caller.expect(200, of=self.invite)
        equal(answer.body, SDP, "the 200's body")
        self.caller_end = Dialog.of_caller(self.caller, answer)
        return self

    def confirm(self):
        ack = self.caller.send(self.caller_end.request("ACK"))
        self.callee.expect("ACK", of=ack)
        return self

    def establish(self, seconds=10):
        return self.send(seconds).ring().pick_up().confirm()

    def in_dialog(self, end, method, headers=(), body=b"", status=200):
        """A request of one end ("caller" or "callee") and the other's answer."""
        sender, other = (self.caller_end, self.callee) if end == "caller" else (self.callee_end, self.caller)
        request = sender.phone.send(sender.request(method, headers, body))
        got = other.expect(method, of=request)
        equal(got.body, body, f"the body of {method}")
        equal(got.uri, sender.target, f"the Request-URI of {method}")
        check(not got.all("Route"), f"{method} still holds a Route")
        other.send(got.response(status))
        equal(sender.phone.answer(request).status, status, f"the answer to {method}")
        return got

    def hang_up(self, end="caller"):
        self.in_dialog(end, "BYE")

    def refuse(self, status, reason):
        """The callee's final answer other than 200; the bridge itself must acknowledge it."""
        self.callee.send(self.received.response(status, reason, self._tag))
        self.callee.expect("ACK", of=self.invite)

    def acknowledge_refusal(self, answer):
        """ACK of the caller, in the transaction of the INVITE (section 17.1.1.3)."""
        ack = Message(f"ACK {self.invite.uri} SIP/2.0", [
            ("Via", self.invite.get("Via")), ("Max-Forwards", "70"), ("From", self.invite.get("From")),
            ("To", answer.get("To")), ("Call-ID", self.invite.call_id), ("CSeq", "1 ACK")])
        self.caller.send(ack)

    def cancel(self):
        cancel = Message(f"CANCEL {self.invite.uri} SIP/2.0", [
            ("Via", self.invite.get("Via")), ("Max-Forwards", "70"), ("From", self.invite.get("From")),
            ("To", self.invite.get("To")), ("Call-ID", self.invite.call_id), ("CSeq", "1 CANCEL")])
        self.caller.send(cancel)
        equal(self.caller.expect(lambda m: m.status and m.method == "CANCEL", of=self.invite).status, 200, "the answer to CANCEL")
