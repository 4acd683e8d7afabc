import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest
import xml.etree.ElementTree

from callrun import settings, tap
from callrun.errors import RunError
from trapezoid import compare, demo, identities, keyring, look, phone, places, tables, timing
from trapezoid.bed import Options, Trapezoid
from trapezoid.kamailio import Subscriber
from trapezoid.program import Program


def folder_of(test):
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    return pathlib.Path(folder.name)


class Tables(unittest.TestCase):
    def test_rows_come_back_as_they_were_written(self):
        file = folder_of(self) / "subscriber"
        file.write_text("id(int,auto) username(string) domain(string,null) ha1(string) \n", encoding="ascii")
        tables.append(file, username="alice", domain="a.example", ha1="x")
        tables.append(file, username="a:b\\c\nd", ha1="y")
        self.assertEqual([{"id": "1", "username": "alice", "domain": "a.example", "ha1": "x"},
                          {"id": "2", "username": "a:b\\c\nd", "domain": "-", "ha1": "y"}], tables.rows(file))

    def test_fields_that_are_empty(self):
        file = folder_of(self) / "location"
        file.write_text("id(int) contact(string) received(string,null) path(string,null)\n1:sip\\:x@1.2.3.4\\:5060::\n", encoding="ascii")
        self.assertEqual([{"id": "1", "contact": "sip:x@1.2.3.4:5060", "received": "", "path": ""}], tables.rows(file))


class Configuration(unittest.TestCase):
    def test_a_phone_with_an_identity(self):
        one = settings.Settings("127.0.0.1:5060", "127.0.0.1:5062", "phone",
                                peers=[settings.Peer("a", "tcp:127.0.0.1:5090", ["*"], "shared")],
                                identity=identities.named("privasip-2-ecies", view="pseudonym"), keys_dir="/k",
                                domains=["a.example"], accounts=[settings.Account("alice@a.example", "a", "/p")])
        read = tomllib.loads(one.toml("/state"))
        self.assertEqual({"scheme": "privasip-2", "algorithm": "ecies-x25519", "caller_known_to": "home", "keys_dir": "/k"},
                         read["identity"])
        self.assertEqual([{"aor": "alice@a.example", "home": "a", "password_file": "/p"}], read["account"])
        self.assertEqual([{"name": "a", "address": "tcp:127.0.0.1:5090", "via": "direct"}], read["peer"])
        self.assertEqual([{"domain": "*", "peers": ["a"], "circuit": "shared"}], read["route"])

    def test_a_proxy_with_pseudonyms_behind_tor(self):
        one = settings.Settings("127.0.0.1:5070", "127.0.0.1:5060", "proxy", tor_control="unix:/c", onion_listen="unix:/o",
                                peers=[settings.Peer("b", "tor:x.onion:5060", ["b.example"])],
                                identity=identities.named("privasip-1-aes", view="pseudonym", hide_domain=True),
                                domains=["a.example"], subscribers_file="/s")
        read = tomllib.loads(one.toml("/state"))
        self.assertEqual({"scheme": "privasip-1", "algorithm": "aes", "caller_known_to": "home", "hide_domain": True,
                          "view": "pseudonym", "domains": ["a.example"], "subscribers_file": "/s"}, read["identity"])
        self.assertNotIn("via", read["peer"][0])
        self.assertEqual({"listen": "unix:/o"}, read["onion"])

    def test_plain_sip_has_no_identity_section(self):
        self.assertIsNone(identities.named("sip", view="pseudonym"))
        self.assertNotIn("identity", tomllib.loads(settings.Settings("a:1", "a:2", "phone").toml("/s")))

    def test_ha1_is_of_the_real_name(self):
        self.assertEqual("939e7578ed9e3c518a452acee763bce9", Subscriber("Mufasa", "testrealm@host.com", "Circle Of Life").ha1)
        self.assertEqual(Subscriber("alice", "a.example", "p").ha1, Subscriber("alice", "a.example", "p", "xyz").ha1)


class Keys(unittest.TestCase):
    class Owner:
        """A stand-in for a sipveil that makes keys."""
        def __init__(self, folder):
            self.keys_dir = folder
            self.made = []

        def keys(self, command, name, *_):
            self.made.append((command, name))
            (self.keys_dir / "own").mkdir(parents=True, exist_ok=True)
            (self.keys_dir / "own" / f"{name}.00112233.pub").write_text(f"key of {name}", encoding="ascii")

    def make(self, **changes):
        folder = folder_of(self)
        a, b, alice, bob = (self.Owner(folder / name) for name in ("a", "b", "alice", "bob"))
        keyring.make({"a.example": a, "b.example": b}, {"alice@a.example": alice, "bob@b.example": bob},
                     identities.named("privasip-2-ecies", **changes))
        return a, b, alice, bob

    def test_everybody_else_gets_the_key_of_a_domain(self):
        a, b, alice, bob = self.make()
        self.assertEqual("key of b.example", (a.keys_dir / "peers/b.example.pem").read_text(encoding="ascii"))
        for one in (alice, bob):
            self.assertEqual({"a.example.pem", "b.example.pem"}, {file.name for file in (one.keys_dir / "peers").iterdir()})
        self.assertFalse((b.keys_dir / "peers/b.example.pem").exists())
        self.assertEqual([], alice.made)

    def test_phones_have_keys_for_calls_that_only_they_understand(self):
        _, _, alice, bob = self.make(caller_known_to="callee")
        self.assertEqual([("generate", "bob@b.example")], bob.made)
        self.assertTrue((alice.keys_dir / "peers/bob@b.example.pem").exists())

    def test_no_key_for_passwords(self):
        owner = self.Owner(folder_of(self))
        keyring.make({"a.example": owner}, {}, identities.named("privasip-1-aes"))
        self.assertEqual([], owner.made)


def record(second, direction, text):
    body = text.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    size = f"({len(body)} bytes):" if direction == "sent" else f"[{len(body)}] bytes :"
    return f"{'-' * 47} 2026-11-20 12:39:{second:09.6f}\nUDP message {direction} {size}\n\n".encode() + body + b"\n"


def challenged_call(name, ringing=12.5):
    def request(method, cseq):
        return f"{method} sip:bob@b.example SIP/2.0\nFrom: <sip:alice@a.example>;tag=1\nTo: <sip:bob@b.example>\nCall-ID: {name}\n" \
               f"CSeq: {cseq} {method}"

    def response(status, method, cseq):
        return f"SIP/2.0 {status} Reason\nCall-ID: {name}\nCSeq: {cseq} {method}"
    return b"".join([
        record(10, "sent", request("INVITE", 1)), record(10.1, "received", response(100, "INVITE", 1)),
        record(11, "received", response(407, "INVITE", 1)), record(11.1, "sent", request("ACK", 1)),
        record(11.2, "sent", request("INVITE", 2)), record(11.3, "sent", request("INVITE", 2)),
        record(ringing, "received", response(180, "INVITE", 2)), record(ringing + 1, "received", response(200, "INVITE", 2)),
        record(ringing + 1.1, "sent", request("ACK", 2)), record(ringing + 2, "sent", request("BYE", 3)),
        record(ringing + 3, "received", response(200, "BYE", 3))])


class Timing(unittest.TestCase):
    def read(self, log):
        file = folder_of(self) / "messages"
        file.write_bytes(log)
        return timing.read(file)

    def test_a_call_that_is_challenged(self):
        (times,) = self.read(challenged_call("x"))
        self.assertTrue(times.complete)
        self.assertAlmostEqual(2.5, times.set_up_s, places=5)
        self.assertAlmostEqual(1.3, times.invite_to_180_s, places=5)

    def test_a_call_that_is_refused(self):
        log = b"-" * 47 + challenged_call("x").split(b"-" * 47)[1]
        (times,) = self.read(log + record(11, "received", "SIP/2.0 480 Gone\nCall-ID: x\nCSeq: 1 INVITE"))
        self.assertEqual((480, False, None), (times.failure, times.complete, times.set_up_s))

    def test_medians_of_the_differences(self):
        def times(set_up):
            return timing.Times("x", 0.0, 0.1, 0.1, None if set_up is None else set_up, 9.0, 9.0)
        rounds = [compare.Round(index != 1, {"sip": times(plain), "more": times(sealed)})
                  for index, (plain, sealed) in enumerate([(1.0, 1.5), (2.0, 2.1), (9.0, 9.2), (1.0, None)])]
        self.assertEqual({"set_up_s": 0.2, "invite_to_180_s": 0.2}, compare.added(rounds, "more", "sip"))
        self.assertEqual((4, 3), (compare.summary(rounds, "more")["calls"], compare.summary(rounds, "more")["completed"]))


class Taps(unittest.TestCase):
    def test_messages_of_a_stream(self):
        folder = folder_of(self)
        (folder / "10.out").write_bytes(b"BYE sip:x SIP/2.0\r\nl: 0\r\n\r\n")
        (folder / "2.out").write_bytes(b"\r\n\r\nINVITE sip:x SIP/2.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"
                                       b"ACK sip:x SIP/2.0\r\n\r\nBYE cut")
        self.assertEqual([b"INVITE sip:x SIP/2.0\r\nContent-Length: 3\r\n\r\nabc", b"ACK sip:x SIP/2.0\r\n\r\n",
                          b"BYE sip:x SIP/2.0\r\nl: 0\r\n\r\n"], tap.messages(folder))

    def test_what_stations_see(self):
        file = folder_of(self) / "messages"
        file.write_bytes(challenged_call("token" + "a" * 60))
        one = look._of_message("wire", look._last_invite(look._sipp_messages(file, "sent")))  # pylint: disable=protected-access
        self.assertEqual(("sip:bob@b.example", "<sip:alice@a.example>", "<sip:bob@b.example>"), (one.uri, one.caller, one.callee))
        self.assertIn("Call-ID  tokenaaaaa..(65)", look.text(look.Look([one])))


class Scenarios(unittest.TestCase):
    FILES = sorted(phone.SCENARIOS.glob("*.xml"))

    def test_every_one_is_listed_with_its_keys(self):
        listed = (phone.SCENARIOS / "README.md").read_text(encoding="utf-8")
        for file in self.FILES:
            self.assertIn(f"`{file.stem}`", listed)

    def test_every_one_is_well_formed_and_asks_for_known_keys(self):
        known = {"user", "domain", "display", "peer_domain", "refer_user", "refer_domain", "expires"}
        of_sipp = {"transport", "local_ip", "local_port", "local_ip_type", "media_ip", "media_ip_type", "media_port", "branch", "pid",
                   "call_number", "call_id", "len", "service", "authentication", "next_url", "routes", "peer_tag_param"}
        for file in self.FILES:
            text = file.read_text(encoding="latin-1")
            xml.etree.ElementTree.fromstring(text.encode("latin-1"))
            names = set(re.findall(r"\[([a-z_]+)(?:-\d+)?\]", text))
            self.assertEqual(set(), names - known - of_sipp, file.name)

    def test_pairs_are_complete(self):
        names = {file.stem for file in self.FILES}
        for name in names:
            if name.endswith("-callee"):
                self.assertIn(name.replace("-callee", "-caller"), names)


class Parts(unittest.TestCase):
    class Sleeper(Program):
        def command(self):
            return [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]

        def ready(self):
            return "up" in self.log_text()

    def test_stop_crash_and_start_again(self):
        one = self.Sleeper("one", places.Loopback(None), "phone-a", folder_of(self) / "one")
        self.addCleanup(one.kill)
        self.assertEqual("not started", one.status())
        one.start()
        first = one.pid
        one.kill()
        self.assertEqual("ended with -9", one.status())
        one.start()
        self.assertEqual("running", one.status())
        self.assertNotEqual(first, one.pid)
        self.assertEqual(-15, one.stop())

    def test_one_that_ends_is_told_with_its_last_words(self):
        class Broken(self.Sleeper):
            def command(self):
                return ["sh", "-c", "echo no port; exit 2"]

            def ready(self):
                return False
        with self.assertRaisesRegex(RunError, "ended with 2.*\nno port"):
            Broken("one", places.Loopback(None), "phone-a", folder_of(self)).start()

    def test_each_machine_has_an_address_of_its_own(self):
        place = places.Loopback(None)
        self.assertEqual(4, len({place.host(name) for name in places.NODES}))

    def test_who_needs_tor(self):
        def with_tor(**changes):
            options = Options(identities.named("privasip-2-ecies", **changes), network="tor")
            bed = Trapezoid("sipveil", folder_of(self), options)
            return set(bed._hidden())  # pylint: disable=protected-access
        self.assertEqual({"sipveil-a", "sipveil-b", "phone-b"}, with_tor())
        self.assertIn("phone-a", with_tor(caller_known_to="nobody"))


class DemoOptions(unittest.TestCase):
    def check(self, **given):
        return demo.check(argparse.Namespace(**{"scheme": None, "compare": None, "view": "real", **given}))

    def test_what_goes_together(self):
        self.assertEqual("", self.check())
        self.assertEqual("", self.check(compare=["sip", "privasip-2-rsa"], view="pseudonym"))

    def test_what_does_not(self):
        self.assertIn("no scheme 'x'", self.check(scheme="x"))
        self.assertIn("each scheme once", self.check(compare=["sip", "sip"]))
        self.assertIn("for one scheme", self.check(compare=["sip"], scheme="sip"))
        self.assertIn("plain sip has none", self.check(scheme="sip", view="pseudonym"))


class CommandLine(unittest.TestCase):
    def test_help(self):
        scripts = pathlib.Path(__file__).resolve().parents[1]
        answer = subprocess.run([sys.executable, "-B", "-m", "trapezoid", "--help"], cwd=scripts, capture_output=True, text=True,
                                check=False)
        self.assertEqual(0, answer.returncode, answer.stderr)
        self.assertIn("--without-sipveil", answer.stdout)
