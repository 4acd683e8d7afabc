import contextlib
import re
import socket
import unittest

from leakaudit import digest, planting, scenarios
from leakaudit.agent import Agent, Person, Silence
from leakaudit.search import Searcher
from sip.message import Message


def person(name):
    return Person(f"{name}-user", f"{name}.example", "secret", f"{name} display", f"{name} nick")


class Planting(unittest.TestCase):
    def test_every_place_has_a_text_of_its_own(self):
        plant = planting.Planter("phone", "caller")
        invite = "\r\n".join(f"{name}: {value}" for name, value in plant.headers("INVITE")).encode() + plant.sdp()
        answer = "\r\n".join(f"{name}: {value}" for name, value in plant.headers("INVITE", 486)).encode()
        register = "\r\n".join(f"{name}: {value}" for name, value in plant.headers("REGISTER")).encode()
        texts = [one.text for one in plant.canaries]
        self.assertEqual(len(texts), len(set(texts)))
        self.assertGreater(len(texts), 100)
        found = {hit.canary.name for data in (invite, answer, register) for hit in Searcher(plant.canaries).hits(data)}
        self.assertEqual({one.name for one in plant.canaries}, found)

    def test_every_row_has_a_place_for_its_text(self):
        for row in (*planting.HEADERS, *planting.SDP):
            self.assertTrue("{}" in row.template + row.name or row.where == "-", row)

    def test_headers_that_give_a_caller_away_are_among_them(self):
        names = {row.name.lower() for row in planting.HEADERS}
        wanted = """User-Agent Server Organization Subject Reply-To In-Reply-To Warning Call-Info Alert-Info P-Asserted-Identity
            P-Preferred-Identity Remote-Party-ID Diversion History-Info Target-Dialog Identity Geolocation Reason Date Timestamp
            Accept-Language P-Access-Network-Info Path Session-ID P-Charging-Vector User-to-User Join Error-Info Priority"""
        self.assertEqual([], [name for name in wanted.split() if name.lower() not in names])
        lines = {row.name for row in planting.SDP}
        wanted = ("s=", "i=", "u=", "e=", "p=", "c=", "t=", "z=", "k=", "a=tool", "a=candidate", "a=rtcp", "a=ssrc cname", "a=ice-ufrag",
                  "a=fingerprint", "a=zrtp-hash", "a=crypto", "c= of media", "k= of media", "i= of media")
        self.assertEqual([], [name for name in wanted if name not in lines])


class Digest(unittest.TestCase):
    def test_rfc_2069_way_without_qop(self):
        value = digest.credentials('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"',
                                   "GET", "/dir/index.html", "Mufasa", "CircleOfLife")
        self.assertIn('response="1949323746fe6a43ef61f9606e7febea"', value)
        self.assertIn('opaque="5ccc"', value)

    def test_with_qop(self):
        value = digest.credentials('Digest realm="r", nonce="n", qop="auth"', "INVITE", "sip:x", "u", "p")
        for part in ("qop=auth", "nc=00000001", "cnonce=", 'uri="sip:x"', 'username="u"'):
            self.assertIn(part, value)


class Phones(unittest.TestCase):
    """Two phones that talk to each other without anything between."""

    def setUp(self):
        with contextlib.ExitStack() as stack:
            socks = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(3)]
            for sock in socks:
                sock.bind(("127.0.0.1", 0))
            alice, bob, carol = (sock.getsockname() for sock in socks)
            self.caller = Agent(person("alice"), socks[0], bob, planting.Planter("caller", "caller"))
            self.callee = Agent(person("bob"), socks[1], alice, planting.Planter("callee", "callee"))
            other = Agent(person("carol"), socks[2], carol, planting.Planter("third", "third"))
            self.cast = scenarios.Cast(self.caller, self.callee, other, other, person("dave"), person("eve"), "Text zqxkmessage")
            self.addCleanup(stack.pop_all().close)

    def test_scenarios(self):
        for name, end in {"completed-call": "200", "ended-by-callee": "200", "cancelled": "487", "busy": "486", "declined": "603",
                          "redirected": "302", "early-media": "PRACK 200, UPDATE 200, BYE 200", "text-message": "text/plain 200",
                          "no-such-dialog": "481", "compact-and-folded": "200"}.items():
            with self.subTest(name):
                self.assertIn(end, scenarios.SCENARIOS[name](self.cast))

    def test_a_challenge_is_answered(self):
        request = self.caller.request("OPTIONS", "sip:bob@bob.example")
        self.caller.send(request)
        got = self.callee.expect("OPTIONS")
        self.callee.answer(got, 407, headers=[("Proxy-Authenticate", 'Digest realm="r", nonce="n"')], plain=True)
        counted = self.caller.begin(request, (self.callee,))  # sent again: the answer that stands is repeated
        repeated = self.callee.expect("OPTIONS")
        self.assertEqual(2, repeated.sequence)
        self.assertIn('username="alice-user"', repeated.get("Proxy-Authorization"))
        self.callee.answer(repeated, 200)
        self.assertEqual(200, self.caller.final(counted).status)

    def test_silence(self):
        with self.assertRaises(Silence):
            self.caller.expect("INVITE", seconds=0.05)

    def test_what_a_phone_says_of_itself_stands_in_its_messages(self):
        data = self.caller.request("INVITE", "sip:bob@bob.example", self.callee.person).bytes().decode()
        for part in ('"alice display" <sip:alice-user@alice.example', '"bob nick" <sip:bob-user@bob.example', "+sip.instance=",
                     f"@{self.caller.host}\r\n", f"SIP/2.0/UDP {self.caller.host}:{self.caller.port}", ";gr=urn:uuid:"):
            self.assertIn(part, data)
        self.assertTrue(re.search(r"^P-Asserted-Identity: .*alice-user", data, re.MULTILINE))

    def test_messages_are_read_as_they_are_written(self):
        request = self.caller.request("INVITE", "sip:bob@bob.example", body=b"v=0\r\n")
        again = Message.parse(request.bytes())
        self.assertEqual((request.uri, request.call_id, request.branch, b"v=0\r\n"),
                         (again.uri, again.call_id, again.branch, again.body))
