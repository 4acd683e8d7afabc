"""One end of a dialog (RFC 3261 section 12)."""
from sip.message import Message, uri_of


class Dialog:
    def __init__(self, local, remote, call_id, target, routes, sequence):
        self.local, self.remote, self.call_id = local, remote, call_id
        self.target, self.routes, self.sequence = target, routes, sequence

    @classmethod
    def of_caller(cls, response):
        return cls(response.get("From"), response.get("To"), response.call_id, uri_of(response.get("Contact")),
                   response.all("Record-Route")[::-1], response.sequence)

    @classmethod
    def of_callee(cls, request, answer):
        return cls(answer.get("To"), answer.get("From"), answer.call_id, uri_of(request.get("Contact")),
                   request.all("Record-Route"), 0)

    def refresh(self, response):
        """A 2xx to an INVITE may name a new Contact (section 12.2.1.2)."""
        self.target = uri_of(response.get("Contact")) or self.target

    def request(self, method, via, contact, headers=(), body=b"", sequence=None):
        """sequence: of the CSeq; if None, that of the last request for an ACK, else the next one."""
        if sequence is None:
            self.sequence += method != "ACK"
            sequence = self.sequence
        return Message(f"{method} {self.target} SIP/2.0", [
            ("Via", via), *(("Route", route) for route in self.routes), ("Max-Forwards", "70"), ("From", self.local),
            ("To", self.remote), ("Call-ID", self.call_id), ("CSeq", f"{sequence} {method}"), ("Contact", contact), *headers], body)
