import base64
import io
import json
import pathlib
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import captures
from leakaudit import command_line, evidence, report, run, verdict
from leakaudit.canary import Canary
from leakaudit.matrix import FILE, MUST, Matrix, Setting
from leakaudit.packets import Endpoint
from leakaudit.streams import Flow
from trapezoid import identities

PLAN = run.Plan(identities.named("privasip-2-ecies"))
VANTAGES = Matrix(FILE, Setting("privasip-2", "home", "real"))


def canaries():
    return [Canary(f"the {fact}", f"zqxk{fact.replace('-', '')}", fact) for fact in VANTAGES.facts]


def flow(text, kind="OPTIONS sip:x SIP/2.0"):
    data = captures.message(kind, extra="".join(f"X-{index}: {one}\r\n" for index, one in enumerate(text)))
    return Flow("udp", Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2), data, 0, [0], [(7, 1000.0)])


class Verdicts(unittest.TestCase):
    """A run in which everybody learnt what he must, and nothing more; then with something wrong in it."""

    def record(self, extra=()):
        """`extra`: (vantage, text) that was seen beside what must be."""
        record = run.Record(PLAN, canaries(), {"a call": "completed"}, packets=100)
        for vantage in VANTAGES.vantages:
            texts = [one.text for one in record.canaries if VANTAGES.cells[one.fact, vantage].expected == MUST]
            texts += [text for where, text in extra if where == vantage]
            seen = record.evidence[vantage] = evidence.Evidence(vantage, lambda time: "a call")
            if vantage.endswith(("-log", "-db", "logs")):
                seen.add_file("log", "\n".join(["nothing", *texts]).encode(), [(0, "a call")])
            elif vantage != "elsewhere" or texts:
                seen.add_flow(flow(texts))
        return record

    def test_clean(self):
        judged = verdict.judge(self.record())
        self.assertEqual(([], [], [], []), (judged.leaks, judged.differences, judged.problems, judged.links))
        self.assertTrue(judged.clean)
        self.assertIn("clean", report.text(judged))

    def test_one_leak_in_every_encoding_at_every_vantage_point(self):
        text = canaries()[0].text.encode()
        self.assertEqual("caller-user", canaries()[0].fact)
        for coded in (text, text.upper(), text.hex().encode(), base64.b64encode(b"x" + text), base64.b32encode(b"xy" + text),
                      b"%7a" + text[1:]):
            for vantage in VANTAGES.vantages:
                if VANTAGES.cells["caller-user", vantage].expected == MUST:
                    continue
                with self.subTest(coded=coded, vantage=vantage):
                    judged = verdict.judge(self.record([(vantage, coded.decode())]))
                    (leak,) = judged.leaks
                    self.assertEqual((vantage, "caller-user", "a call"), (leak.vantage, leak.fact, leak.scenario))
                    self.assertFalse(judged.clean)
                    self.assertIn("LEAK", report.text(judged))

    def test_what_must_be_seen_and_is_not(self):
        record = self.record()
        record.evidence["callee-log"] = evidence.Evidence("callee-log")
        record.evidence["callee-log"].add_file("log", b"empty")
        judged = verdict.judge(record)
        self.assertIn(("callee-user", "callee-log"), [(one.fact, one.vantage) for one in judged.differences])
        self.assertIn("MISSING callee-user at callee-log", report.text(judged))

    def test_a_phone_that_did_not_say_what_it_was_given(self):
        record = self.record()
        record.canaries.append(Canary("a header", "zqxkneversent", "caller-device"))
        self.assertIn("a header", "".join(verdict.judge(record).problems))

    def test_nothing_was_looked_at(self):
        for vantage in ("caller-phone", "caller-proxy", "tunnel", "callee-proxy", "callee-phone", "caller-db", "sipveil-logs"):
            record = self.record()
            del record.evidence[vantage]
            self.assertTrue(any(vantage in one for one in verdict.judge(record).problems), vantage)

    def test_messages_that_went_another_way(self):
        record = self.record()
        record.evidence["elsewhere"].add_flow(flow([]))
        self.assertIn("elsewhere", "".join(verdict.judge(record).problems))

    def test_scenarios_that_did_not_end(self):
        record = self.record()
        record.silent["a transfer"] = "nothing answers"
        self.assertFalse(verdict.judge(record).clean)

    def test_as_if_another_scheme_had_run(self):
        judged = verdict.judge(self.record(), setting=Setting("none", "home", "real"))
        self.assertTrue(any(not one.found for one in judged.differences))

    def test_links_between_proxies_and_between_calls(self):
        record = self.record([("caller-proxy", "madeup1234567890"), ("callee-proxy", "MADEUP1234567890")])
        (link,) = verdict.judge(record).links
        self.assertEqual(("caller-proxy and callee-proxy", "madeup1234567890"), (link.what, link.word))
        record = self.record([("tunnel", "madeup1234567890")])
        second = captures.message("INVITE sip:x SIP/2.0", "X-Y: madeup1234567890\r\n", call_id="another")
        record.evidence["tunnel"].add_flow(Flow("udp", Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2), second, 0, [0], [(8, 1.0)]))
        (link,) = verdict.judge(record).links
        self.assertEqual("2 calls at tunnel", link.what)

    def test_reports(self):
        judged = verdict.judge(self.record([("tunnel", canaries()[0].text)]))
        value = json.loads(json.dumps(report.as_json([judged])))
        self.assertEqual((1, False, len(canaries())), (value["leaks"], value["clean"], value["canaries"]))
        self.assertEqual("LEAK", value["matrix"][PLAN.name]["caller-user"]["tunnel"])
        self.assertIn("**LEAK**", report.markdown([judged]))


class OtherCaptures(unittest.TestCase):
    """scripts/leak-audit --pcap FILE --canaries FILE."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def audit(self, capture, listed, *options):
        """(exit code, what it printed)"""
        names = self.folder / "canaries"
        names.write_text(listed, encoding="utf-8")
        output = io.StringIO()
        arguments = ["leak-audit", "--pcap", str(capture), "--canaries", str(names), *options]
        with mock.patch("sys.argv", arguments), redirect_stdout(output), redirect_stderr(output):
            try:
                code = command_line.main()
            except SystemExit as ended:
                code = ended.code
        return code, output.getvalue()

    def capture(self, *payloads, **options):
        return captures.pcap(self.folder / "capture.pcap", [captures.udp(("10.0.0.1", 5060), ("10.0.0.2", 5060), one)
                                                            for one in payloads], **options)

    def test_clean(self):
        code, output = self.audit(self.capture(captures.message()), "alice-wonder\n# a comment\n")
        self.assertEqual(0, code, output)
        self.assertIn("1 INVITE", output)

    def test_a_leak(self):
        coded = base64.b64encode(b"<alice-wonder>").decode()
        file = self.capture(captures.message(extra=f"X-Y: {coded}\r\n"))
        code, output = self.audit(file, "alice-wonder\n", "--json", str(self.folder / "verdict"))
        self.assertEqual(1, code)
        for part in ("alice-wonder", "base64", "INVITE sip:bob@b.example SIP/2.0", f"X-Y: {coded}", "frame 1", "offset "):
            self.assertIn(part, output)
        value = json.loads((self.folder / "verdict").read_text(encoding="utf-8"))
        self.assertEqual((1, 1, 1, True), (len(value["leaks"]), value["dialogs"], len(value["canaries"]),
                                           value["matrix"]["alice-wonder"]))

    def test_nothing_looked_at(self):
        self.assertEqual(1, self.audit(self.capture(), "alice-wonder")[0])
        self.assertEqual(1, self.audit(self.capture(b"encrypted"), "alice-wonder")[0])
        self.assertEqual(1, self.audit(self.capture(captures.message(), missing=9), "alice-wonder")[0])

    def test_controls_and_what_may_be_there(self):
        file = self.capture(captures.message(extra="Subject: alice-wonder\r\n"))
        self.assertEqual(0, self.audit(file, '[{"text": "alice-wonder", "expect": "must"}]')[0])
        self.assertEqual(0, self.audit(file, '{"canaries": [{"text": "alice-wonder", "expect": "may"}, "bob-wonder"]}')[0])
        code, output = self.audit(file, '[{"text": "carol-wonder", "expect": "must", "name": "control"}]')
        self.assertEqual((1, True), (code, "control" in output))

    def test_usage(self):
        file = self.capture(captures.message())
        (self.folder / "none").write_bytes(b"nonsense")
        for capture, listed in ((file, ""), (file, "[{]"), (file, '[{"text": "abc", "expect": "often"}]'), (file, '[{"txt": "abc"}]'),
                                (self.folder / "none", "alice-wonder"), (self.folder / "missing", "alice-wonder")):
            self.assertEqual(2, self.audit(capture, listed)[0], listed)
        with mock.patch("sys.argv", ["leak-audit", "--pcap", str(file)]), redirect_stderr(io.StringIO()):
            with self.assertRaises(SystemExit) as ended:
                command_line.main()
            self.assertEqual(2, ended.exception.code)
