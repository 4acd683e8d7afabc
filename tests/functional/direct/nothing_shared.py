"""Neither phone sees anything that the other wrote of itself, in no header; and each gets back what it wrote, byte for byte."""
from call import AS_SDP, Call, sdp
from configs import start_pair
from phone import make_strangers
from sip.message import token
from waiting import check, equal

# Of alice, and of what stands before her; none of it may get to bob. Strange forms, to see that they come back as they were.
_PRIVATE = ("alices-proxy", "198.51.100", "home-of-alice", "urn:uuid", "instance-of-alice", "geo:", "Friday")


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    make_strangers(alice, bob)
    own = {
        "Via": f"{alice.via()} ,  SIP/2.0/UDP 198.51.100.7:5080 ; branch=z9hG4bK{token()};i=home-of-alice,"
               f"SIP / 2.0 / TCP  alices-proxy.test;branch=z9hG4bK{token()}",
        "From": f'"{alice.title}, \\"x\\""   <{alice.identity};user=phone> ; tag={token()};home-of-alice=1',
        "To": '"Bob, the \\"other\\""  <sip:bob@bob.example> ;home-of-alice',
        "Call-ID": f"{token()}@home-of-alice.test",
    }
    route = ["<sip:198.51.100.7;lr;home-of-alice>", "<sip:alices-proxy.test;lr>"]
    call = Call(alice, bob, headers=[
        *own.items(), ("Record-Route", ",".join(route)), ("Organization", "home-of-alice"), ("Subject", "Friday"),
        ("Contact", f'"{alice.title}" <{alice.address};gr=urn:uuid:7>;+sip.instance="<urn:uuid:7>"'),
        ("P-Asserted-Identity", f'"{alice.title}" <{alice.identity}>'), ("Date", "Fri, 20 Nov 2026 10:00:00 GMT"),
        ("Call-Info", "<http://home-of-alice.test/me.png>;purpose=icon"), ("Geolocation", "<geo:1,2>"),
        ("Session-ID", "instance-of-alice"), ("X-Device", "instance-of-alice")]).send()
    seen = call.received.raw.decode()
    found = [word for word in _PRIVATE if word in seen]
    check(not found, f"bob sees {found} in\n{seen}")

    told = [("Warning", '399 home-of-bob "Away"'), ("Reply-To", f"<{bob.address}>")]
    for status, headers, body in ((180, [], b""), (200, [AS_SDP], sdp(bob))):
        call.respond(status, "Home of bob", [*told, *headers], body)
        answer = alice.expect(status, of=call.invite)
        check_own_lines(answer, own)
        check(b"ome-of-bob" not in answer.raw and b"ome of bob" not in answer.raw, f"bob's home in\n{answer.raw.decode()}")
        equal(answer.all("Record-Route")[1:], route, "alice's own part of the route")
    check_own_lines(alice.expect(100, of=call.invite), own)


def check_own_lines(answer, own):
    """The header lines stand in the answer as they were written, but for what a bridge puts into the top Via, and the To tag."""
    lines = answer.raw.decode().split("\r\n")
    for name in ("From", "Call-ID"):
        check(f"{name}: {own[name]}" in lines, f"no line {own[name]!r} in\n{answer.raw.decode()}")
    check(any(line.startswith(f"To: {own['To']}") for line in lines), f"no line {own['To']!r} in\n{answer.raw.decode()}")
    top, others = own["Via"].split(" ,", 1)
    check(any(line.startswith(f"Via: {top.split(';')[0]};") and line.endswith(f" ,{others}") for line in lines),
          f"no line {own['Via']!r} in\n{answer.raw.decode()}")
