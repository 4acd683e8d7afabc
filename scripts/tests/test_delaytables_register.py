import pathlib
import tempfile
import threading
import types
import unittest
from unittest import mock

from callrun.errors import RunError
from delaytables import beds, register
from delaytables.register import COUNT, WITH_CHALLENGE, Registration, read, rows, summary
from trapezoid import bed, identities, phone


def record(second, direction, text):
    body = text.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    size = f"({len(body)} bytes):" if direction == "sent" else f"[{len(body)}] bytes :"
    return f"{'-' * 47} 2026-11-20 12:39:{second:09.6f}\nUDP message {direction} {size}\n\n".encode() + body + b"\n"


def request(name, cseq):
    return f"REGISTER sip:b.example SIP/2.0\nCall-ID: {name}\nCSeq: {cseq} REGISTER"


def answer(name, cseq, status):
    return f"SIP/2.0 {status} x\nCall-ID: {name}\nCSeq: {cseq} REGISTER"


def registration(name, begin=1.0, last=200):
    return (record(begin, "sent", request(name, 1)) + record(begin + 0.25, "received", answer(name, 1, 401))
            + record(begin + 0.5, "sent", request(name, 2)) + record(begin + 0.75, "received", answer(name, 2, last)))


class Log(unittest.TestCase):
    def test_both_times(self):
        (one,) = read(registration("a"))
        self.assertAlmostEqual(0.25, one.seconds, 5)
        self.assertAlmostEqual(0.75, one.whole_s, 5)
        self.assertEqual((200, True), (one.answer, one.registered))

    def test_repeated_messages_change_nothing(self):
        log = (record(1, "sent", request("a", 1)) + record(1.5, "sent", request("a", 1)) + record(1.6, "received", answer("a", 1, 401))
               + record(1.7, "sent", request("a", 2)) + record(1.8, "received", answer("a", 1, 401)) + record(2.2, "sent", request("a", 2))
               + record(2.3, "received", answer("a", 2, 100)) + record(2.4, "received", answer("a", 2, 200))
               + record(2.9, "received", answer("a", 2, 200)))
        (one,) = read(log)
        self.assertAlmostEqual(0.7, one.seconds, 5)
        self.assertAlmostEqual(1.4, one.whole_s, 5)

    def test_failures(self):
        refused, unanswered, challenged_for_ever = read(
            registration("a", last=403) + record(3, "sent", request("b", 1)) + registration("c", 4.0, last=401))
        self.assertEqual([403, None, 401], [one.answer for one in (refused, unanswered, challenged_for_ever)])
        for one in (refused, unanswered, challenged_for_ever):
            self.assertEqual((False, None, None), (one.registered, one.seconds, one.whole_s))

    def test_many_at_once_are_told_apart(self):
        first, second = registration("a", 1.0), registration("b", 1.1)
        begun = len(record(1.0, "sent", request("a", 1)))
        found = read(first[:begun] + second + first[begun:])
        self.assertEqual([0.25, 0.25], [round(one.seconds, 5) for one in found])

    def test_other_methods_and_what_was_never_asked_do_not_count(self):
        self.assertEqual([], read(record(1, "sent", "OPTIONS sip:x SIP/2.0\nCall-ID: a\nCSeq: 1 OPTIONS") + record(
            2, "received", answer("b", 1, 200))))


class Rows(unittest.TestCase):
    def test_every_registration_has_one_and_one_with_the_challenge(self):
        found = rows("tor-onion", read(registration("a", 1.0) + registration("b", 1.5)), 2)
        self.assertEqual([("tor-onion", 1, "0.000000", "200", "0.250000"), ("tor-onion", 2, "0.500000", "200", "0.250000"),
                          ("tor-onion" + WITH_CHALLENGE, 1, "0.000000", "200", "0.750000"),
                          ("tor-onion" + WITH_CHALLENGE, 2, "0.500000", "200", "0.750000")], found)

    def test_what_failed_or_was_never_sent_is_counted(self):
        found = rows("i2p", read(record(1, "sent", request("a", 1)) + registration("b", 1.1, last=503)), 3)
        self.assertEqual([("i2p", 1, "0.000000", "", ""), ("i2p", 2, "0.100000", "503", ""), ("i2p", 3, "0.200000", "", "")], found[:3])
        self.assertEqual(600, len(rows("i2p", [])))

    def test_summary(self):
        self.assertIn("1 of 2 registrations succeeded; REGISTER with credentials -> 200: median 250.0 ms", summary(read(registration("a")), 2))
        self.assertEqual(f"0 of {COUNT} registrations succeeded", summary([Registration()]))


class Bed(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)

    def bed(self):
        return register._Bed("sipveil", self.folder, bed.Options(identities.named("sip"), "direct"))

    def test_one_circuit_for_all(self):
        one = self.bed()
        self.addCleanup(one.stop)
        self.assertEqual(["shared"], [peer.circuit for peer in one._phone_settings("b", "a", {}).peers])
        self.assertEqual(["per-call"], [peer.circuit for peer in bed.Trapezoid._phone_settings(one, "b", "a", {}).peers])

    def test_what_sipp_is_told(self):
        one = self.bed()
        self.addCleanup(one.stop)
        with mock.patch.object(phone.Run, "begin", lambda self: self):
            command = [str(part) for part in one.bob.register_often(300, 10).command()]
        told = " ".join(command)
        for wanted in ("-m 300", "-r 10", "-rp 1000", "-l 300", "sipp/register.xml", "-key user bob", "-key expires 1800", "-au bob"):
            self.assertIn(wanted, told)
        self.assertEqual(f"{one.host('phone-b')}:5060", command[-1])


class Sipp:
    """A stand-in for SIPp with a log, that ends by itself or not."""

    def __init__(self, folder, log, endless=False):
        self.messages, self._endless, self.killed = folder / f"messages-{id(self)}", endless, False
        self.messages.write_bytes(log)

    @property
    def running(self):
        return self._endless and not self.killed

    def kill(self):
        self.killed = True

    def complaints(self):
        return "it did not like it"


class Test(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)

    def over(self, sipp=None, first=None, lab=None):
        """What a test does with a bed that is there. lab: of a0, b0, p0."""
        first = first or [registration("first")]
        told = []

        def once(_expires):
            log = first.pop(0)
            if log is None:
                raise RunError("no answer")
            return Sipp(self.folder, log)
        test = register.RegisterTest.__new__(register.RegisterTest)
        test._way, test._stopped = "direct", threading.Event()
        test._lab, test._users = lab, beds.users(0) if lab else ()
        test._bed = types.SimpleNamespace(start=lambda report: None, stop=lambda: None, bob=types.SimpleNamespace(
            register=once, register_often=lambda count, rate: sipp or Sipp(self.folder, registration("a") + registration("b", 1.1))))
        with test:
            found = test.run(told.append, 3)
        return found, told

    def test_what_comes_of_it(self):
        found, told = self.over()
        self.assertEqual(["200", "200", ""], [row[3] for row in found[:3]])
        self.assertIn("2 of 3", told[-1])

    def test_a_router_that_has_ended_runs_again(self):
        lab = mock.Mock(network="i2p", revive=lambda user: user == "p0")
        _, told = self.over(lab=lab)
        self.assertEqual("the i2p of p0 had ended, and runs again", told[0])

    def test_the_first_may_be_tried_again(self):
        _, told = self.over(first=[None, registration("first")])
        self.assertIn("once more (no answer)", told[0])
        self.assertIn("took 0.750 s", told[1])
        with self.assertRaises(RunError):
            self.over(first=[None, None, None])

    def test_sipp_that_sends_nothing(self):
        with self.assertRaisesRegex(RunError, "did not like it"):
            self.over(Sipp(self.folder, b""))

    def test_what_hangs_is_ended_and_counted(self):
        endless = Sipp(self.folder, registration("a"), endless=True)
        with mock.patch.object(register, "_PATIENCE_S", 0.0), mock.patch.object(register, "_POLL_S", 0.01):
            self.over(endless)
        self.assertTrue(endless.killed)

    def test_stopped_by_another_thread(self):
        test = register.RegisterTest.__new__(register.RegisterTest)
        test._way, test._stopped = "direct", threading.Event()
        endless = Sipp(self.folder, registration("a"), endless=True)
        test._bed = types.SimpleNamespace(stop=lambda: None, bob=types.SimpleNamespace(register_often=lambda count, rate: endless))
        timer = threading.Timer(0.05, test.stop)
        timer.start()
        with self.assertRaisesRegex(RunError, "was stopped"):
            test._often(300)
        timer.join()
        self.assertTrue(endless.killed)
