import contextlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

import delaytables_fakes as fakes
from callrun.errors import RunError
from delaytables import command_line, plan, record, store
from delaytables.telling import Teller
from delaytables.timeleft import TimeLeft

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
SMALL = ("--scheme", "sip,privasip-2-rsa", "--way", "tor-exit,i2p", "--topology", "paper", "--calls", "4")


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        kept = mock.patch.dict(os.environ, {"TMPDIR": folder.name})
        kept.start()
        self.addCleanup(kept.stop)
        temporary = mock.patch.object(tempfile, "tempdir", folder.name)
        temporary.start()
        self.addCleanup(temporary.stop)

    def run_with(self, *arguments, beds=lambda row, ground, lane, folder: fakes.Bed(), **others):
        """(exit code, standard output, standard error)"""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), fakes.everywhere(beds, **others):
            try:
                code = command_line.main(list(arguments))
            except SystemExit as exit_:
                code = exit_.code
        return code, out.getvalue(), err.getvalue()

    def measure(self, *arguments, **named):
        return self.run_with(*SMALL, "--out", str(self.out), "--binary", "/bin/true", *arguments, **named)

    def placed(self):
        return {name: len(calls) for name, calls in store.calls(self.out).items()}


class Usage(CommandLine):
    def refused(self, *arguments):
        code, _, said = self.run_with(*arguments)
        self.assertEqual(2, code)
        return said.splitlines()[-1]

    def test_errors_name_what_there_is(self):
        for option, known in (("--scheme", "sip, privasip-1-aes"), ("--network", "there are: tor, i2p"), ("--way", "tor-exit, tor-onion, orbot"),
                              ("--topology", "there are: paper, phones"), ("--profile", "continental, global, none, paper")):
            self.assertIn(known, self.refused(option, "nonsense"))

    def test_what_is_out_of_range(self):
        self.assertIn("--calls: 1 to 1000", self.refused("--calls", "0"))
        self.assertIn("--lanes: 2 to 16", self.refused("--lanes", "1"))
        self.assertIn("no seed", self.refused("--seed", "-1"))
        self.assertIn("sip is there twice", self.refused("--scheme", "sip,sip"))

    def test_shared_circuits_are_not_measured_and_it_says_why(self):
        self.assertIn("per-call, the only choice", self.refused("--circuit", "shared"))
        self.assertEqual(0, self.run_with("--circuit", "per-call", "--plan")[0])

    def test_what_makes_no_row_is_told_with_what_does(self):
        code, _, said = self.run_with("--network", "i2p", "--way", "torsocks")
        self.assertEqual(2, code)
        self.assertIn("--network tor --way torsocks --topology phones --scheme sip", said)

    def test_the_plan_starts_nothing(self):
        code, told, _ = self.run_with(*SMALL, "--out", str(self.out), "--plan")
        self.assertEqual(0, code)
        self.assertRegex(told, r"tor-exit/paper/privasip-2-rsa/standby +4 calls  PrivaSIP-2 \(RSA\) over Tor, standby")
        self.assertEqual([], fakes.Lab.log)
        self.assertFalse(self.out.exists())

    def test_the_plan_as_json(self):
        found = json.loads(self.run_with(*SMALL, "--plan", "--json")[1])
        self.assertEqual({"tor-exit/paper/sip/fresh", "i2p/paper/sip/standby"},
                         {name for batch in found["batches"] for name in batch["rows"] if name.count("sip/") == 1 and "rsa" not in name}
                         & {"tor-exit/paper/sip/fresh", "i2p/paper/sip/standby"})

    def test_a_folder_without_a_run(self):
        code, _, said = self.run_with("--report-only", str(self.folder))
        self.assertEqual(1, code)
        self.assertIn("holds no run of delay-tables", said)


class Measuring(CommandLine):
    def test_a_run_from_its_networks_to_its_report(self):
        code, told, said = self.measure()
        self.assertEqual(0, code, said)
        wanted = {row["name"]: row["wanted"] for row in store.read(self.out)["rows"]}
        self.assertEqual(8, len(wanted))
        self.assertEqual(wanted, self.placed())
        self.assertEqual(["up tor", "down tor", "up i2p", "down i2p"], fakes.Lab.log)
        self.assertEqual({"calls.csv", "raw.csv", "register.csv", "criteria.json", "run.json", "report.md"},
                         {file.name for file in self.out.iterdir()})
        self.assertRegex(told, r"PrivaSIP-2 \(RSA\) over Tor, standby +4 +4 +1\.000 +1\.000 +0\.000 +1\.000")
        self.assertEqual(["out"], [file.name for file in self.folder.iterdir()])

    def test_run_json_says_what_was_asked_for(self):
        self.measure("--profile", "global", "--seed", "7")
        run = store.read(self.out)
        self.assertEqual({"calls": 4, "network": ["tor", "i2p"], "scheme": ["sip", "privasip-2-rsa"], "circuit": "per-call",
                          "profile": "global", "seed": 7},
                         {name: run["arguments"][name] for name in ("calls", "network", "scheme", "circuit", "profile", "seed")})
        self.assertEqual("global", run["profile"]["name"])
        self.assertIn("--seed 7", run["command_line"])
        self.assertIsNotNone(run["finished"])
        self.assertEqual({"name": "tor-exit/paper/privasip-2-rsa/standby", "way": "tor-exit", "network": "tor", "topology": "paper",
                          "scheme": "privasip-2-rsa", "standby": True, "wanted": 4, "title": "PrivaSIP-2 (RSA) over Tor, standby", "note": ""},
                         {key: value for key, value in run["rows"][3].items() if key != "about"})

    def test_the_seed_and_the_profile_reach_the_beds(self):
        grounds = []
        self.measure("--seed", "7", beds=lambda row, ground, lane, folder: grounds.append(ground) or fakes.Bed())
        self.assertEqual({7}, {ground.profile.hop_delay.seed for ground in grounds})
        self.assertEqual({"paper"}, {ground.profile.name for ground in grounds})

    def test_what_is_not_wanted_is_left_out(self):
        self.assertEqual(0, self.measure("--no-audit", "--no-register")[0])
        self.assertEqual([], [name for name in ("register.csv", "criteria.json") if (self.out / name).exists()])

    def test_a_run_that_is_complete_is_not_run_again(self):
        self.measure()
        (self.out / "report.md").unlink()
        code, _, said = self.measure(beds=None)
        self.assertEqual(0, code)
        self.assertIn("is complete: only its report is written anew", said)
        self.assertEqual([], fakes.Lab.log)
        self.assertTrue((self.out / "report.md").exists())

    def test_more_calls_continue_it(self):
        self.measure()
        made = []
        self.assertEqual(0, self.measure("--calls", "6", beds=lambda row, *_: made.append(row.name) or fakes.Bed())[0])
        self.assertEqual(6, self.placed()["tor-exit/paper/sip/fresh"])
        self.assertIn("tor-exit/paper/sip/fresh", made)
        self.assertNotIn("i2p/paper/sip/fresh", made)  # its share is still one call

    def test_other_arguments_do_not(self):
        self.measure()
        code, _, said = self.measure("--seed", "2")
        self.assertEqual(1, code)
        self.assertIn("seed was 1, now 2", said)

    def test_the_summary_as_json(self):
        _, told, _ = self.measure("--json", beds=lambda row, *_: fakes.Bed([0.5, 1.5, None, 1.0]))
        row = json.loads(told)["rows"][0]
        self.assertEqual(("tor-exit/paper/sip/fresh", 4, 4, 3, 1.0, 1.5),
                         tuple(row[key] for key in ("name", "wanted", "placed", "complete", "median_s", "most_s")))

    def test_a_network_that_does_not_come_up_costs_its_rows_only(self):
        class Broken(fakes.Lab):
            def up(self, *arguments):
                super().up(*arguments)
                raise OSError("no namespaces")

        code, told, _ = self.measure(**{"labs._KINDS": {"tor": Broken, "i2p": fakes.Lab}})
        self.assertEqual(1, code)
        self.assertEqual(["up tor", "down tor"] * 2 + ["up i2p", "down i2p"], fakes.Lab.log)
        self.assertEqual({"i2p"}, {name.partition("/")[0] for name in self.placed()})
        self.assertIn("PROBLEM tor network: no namespaces", told)
        self.assertEqual(0, self.measure()[0])  # that makes up for it
        self.assertEqual([], store.read(self.out)["problems"])

    def test_an_audit_that_fails_is_told_and_made_up_for(self):
        def fail(_):
            raise RunError("nothing captured")

        code, told, _ = self.measure(**fakes.auditing(fail))
        self.assertEqual(1, code)
        self.assertIn("PROBLEM audit: nothing captured", told)
        self.assertEqual(0, self.measure(beds=None)[0])
        self.assertTrue((self.out / "criteria.json").exists())

    def test_a_register_test_that_fails_is_tried_once_more(self):
        tries = []

        def once(way, _):
            tries.append(way)
            if tries.count(way) == 1 or way == "i2p":
                raise RunError("not\n  registered")

        code, _, _ = self.measure(**fakes.registering(once))
        self.assertEqual(1, code)
        self.assertEqual({"tor-exit": 2, "i2p": 2, "direct": 2}, {way: tries.count(way) for way in tries})
        self.assertEqual(["register i2p: not registered"], store.read(self.out)["problems"])
        self.assertNotIn("\ni2p,", (self.out / "register.csv").read_text(encoding="utf-8"))

    def test_the_report_alone(self):
        self.measure()
        (self.out / "report.md").unlink()
        self.assertEqual(0, self.run_with("--report-only", str(self.out))[0])
        self.assertTrue((self.out / "report.md").exists())


class Interrupting(CommandLine):
    def interrupted(self, number):
        """(exit code, standard error) of a run in a process of its own that gets the signal after its first calls."""
        command = [sys.executable, "-B", "-c", "import sys, delaytables_fakes; sys.exit(delaytables_fakes.main())", *SMALL,
                   "--calls", "200", "--out", str(self.out), "--binary", "/bin/true"]
        environment = {**os.environ, "PYTHONPATH": f"{SCRIPTS}:{SCRIPTS / 'tests'}"}
        before = self.lines()
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and process.poll() is None:
                if self.lines() > before + 8:
                    break
                time.sleep(0.02)
            process.send_signal(number)
            _, said = process.communicate(timeout=20)
        return process.returncode, said

    def lines(self):
        file = self.out / "calls.csv"
        return len(file.read_bytes().splitlines()) if file.exists() else 0

    def test_it_leaves_nothing_and_goes_on_later(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            code, said = self.interrupted(number)
            self.assertEqual(130, code, said)
            self.assertIn(f"calls are kept in {self.out}; this goes on with them:\n  scripts/delay-tables --scheme sip", said)
            self.assertIn("interrupted; nothing is left running", said)
            self.assertEqual(["out"], [file.name for file in self.folder.iterdir()])
        before = sum(self.placed().values())
        self.assertGreater(before, 8)
        code, _, said = self.measure("--calls", "200")
        self.assertEqual(0, code, said)
        self.assertIn("goes on with", said)
        numbers = [call.number for call in store.calls(self.out)["tor-exit/paper/sip/fresh"]]
        self.assertEqual(list(range(1, 201)), numbers)

    def test_the_hint_names_the_folder_that_was_made_up(self):
        def interrupt(*_):
            raise KeyboardInterrupt

        here = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, here)
        code, _, said = self.run_with(*SMALL, "--binary", "/bin/true", **{"run.Run.run": interrupt})
        self.assertEqual(130, code)
        self.assertRegex(said, r"scripts/delay-tables --scheme .* --out delay-tables-\d{8}-\d{6}\n")


class Telling(unittest.TestCase):
    def setUp(self):
        self.row = plan.Row("tor-exit", "paper", "sip", False)
        batch = plan.Batch((self.row,))
        self.lines = []
        progress = mock.Mock(say=self.lines.append)
        self.teller = Teller(progress, TimeLeft([batch], {self.row.name: 100}, {}), 0, 100)
        self.teller.batch(batch, "batch 1 of 1")

    def call(self, number, delay=1.0):
        self.teller.call(self.row, record.Call(number=number, complete=int(delay is not None), invite_to_180_s=delay), 2.0)

    def test_a_line_for_ten_calls_with_the_whole_and_what_is_left(self):
        for number in range(1, 21):
            self.call(number, 1.0 + number / 100)
        self.assertEqual(3, len(self.lines))
        self.assertRegex(self.lines[1], r"tor-exit/paper/sip/fresh: call 10, the last 10 rang after 1.01 to 1.10 s; 10 of 100 calls, about .* left$")

    def test_a_call_that_failed_is_told_at_once(self):
        self.call(1)
        self.call(2, None)
        self.assertIn("(call 2 failed: no answer)", self.lines[-1])

    def test_that_calls_begin_is_told_once(self):
        self.teller.begun()
        self.teller.begun()
        self.assertEqual(["  calls begin"], self.lines[1:])
