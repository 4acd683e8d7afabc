"""Malformed, oversized and ambiguous datagrams get 400, 513 or silence; a call that runs meanwhile goes on."""
import os

from call import AS_TEXT, Call
from configs import start_pair
from sip.message import Message
from waiting import check, equal


def scenario(place):
    a, _ = start_pair(place)
    alice, bob = place.alice(), place.bob()
    attacker = place.phone(0, alice.bridge[1], "mallory")
    call = Call(alice, bob).establish()
    for name, data, expected in cases(attacker):
        attacker.send_bytes(data)
        found = answers_to(attacker)
        check(found and set(found) <= set(expected) if expected else not found, f"{name}: answered {found}, not {expected}")
        check(a.alive(), f"{name}: the bridge has ended")
    attacker.send_bytes(largest_datagram(attacker))
    call.in_dialog("callee", "INFO")
    call.hang_up()
    equal(bob.count(lambda m: m.is_request and m.method not in ("INVITE", "ACK", "INFO", "BYE")), 0, "messages that passed")
    refused = a.log().count("refused a message")
    check(1 <= refused <= 10, f"{refused} log lines for the refusals")
    check(a.status()["refused"] >= 9, "the refusals are not counted")


def answers_to(attacker):
    """The statuses of what came, up to the answer to a good request that is sent now."""
    probe = attacker.send(attacker.request("OPTIONS", f"sip:{attacker.bridge[0]}:{attacker.bridge[1]}"))
    found = []
    while True:
        answer = attacker.expect(lambda m: not m.is_request)
        if answer.call_id == probe.call_id:
            return found
        found.append(answer.status)


def largest_datagram(phone):
    """Good, but it cannot grow by a Via and still be a datagram."""
    message = phone.request("MESSAGE", "sip:bob@bob.example", [AS_TEXT])
    message.body = b"x" * (65507 - len(message.bytes()) - len("65507"))
    return message.bytes()


def cases(phone):
    """(name, bytes, statuses that may come back or None)."""
    def request(**changes):
        message = phone.request("MESSAGE", "sip:bob@bob.example", [AS_TEXT], b"x")
        for header, value in changes.items():
            message.set(header.replace("_", "-"), value)
        return message

    def with_line(line, message=None):
        start, rest = (message or request()).bytes().split(b"\r\n", 1)
        return start + b"\r\n" + line + b"\r\n" + rest

    good = request().bytes()
    response = Message("SIP/2.0 200 OK", request().headers)
    yield "noise", os.urandom(400), None
    yield "a blank datagram", b"\r\n\r\n", None
    yield "one byte", b"I", None
    yield "a response that belongs to nothing", response.bytes(), None
    yield "a response without a header", b"SIP/2.0 200 OK\r\n\r\n", None
    yield "half a request", good[:len(good) // 3], None
    yield "two Call-IDs", with_line(b"Call-ID: other"), (400,)
    yield "two Content-Lengths", with_line(b"Content-Length: 0"), (400,)
    yield "two From", with_line(b"f: <sip:other@x.example>;tag=1"), (400,)
    yield "another method in CSeq", request(CSeq="1 INVITE").bytes(), (400,)
    yield "no CSeq", request(CSeq="").bytes(), None  # an answer cannot be made
    yield "a CSeq too large", request(CSeq="4294967296 MESSAGE").bytes(), (400,)
    yield "body shorter than Content-Length", good[:-1], (400,)
    yield "a bare LF in a header", with_line(b"X-A: b\nRoute: <sip:elsewhere.example>"), (400,)
    yield "a NUL in a header", with_line(b"X-A: b\0c"), (400,)
    yield "another SIP version", good.replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1), (505,)
    yield "another scheme", good.replace(b"MESSAGE sip:bob@bob.example", b"MESSAGE http://bob.example", 1), (416, 400)
    yield "a Proxy-Require that nobody knows", request(Proxy_Require="magic").bytes(), (420,)
    yield "257 headers", with_line(b"\r\n".join(b"X-%d: y" % number for number in range(257))), (400, 513)
