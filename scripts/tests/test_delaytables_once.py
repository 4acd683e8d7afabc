import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

import delaytables_fakes as fakes
from callrun.errors import RunError
from delaytables import audit, plan, profiles, run, store

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
ROWS = plan.rows(("tor", "i2p"), ("sip",), ("paper",), ("tor-exit", "i2p"))
REGISTERS = {"direct": "direct", "tor-exit": "tor", "i2p": "i2p"}
CALLS = 4


class Progress:
    def __init__(self):
        self.lines = []
        self.say = self.lines.append

    def live(self, line):
        pass


class OfARun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.events, self.progress = [], Progress()

    def run_all(self, rows=ROWS, registers=REGISTERS, with_audit=True, beds=None, **others):
        """The Run, which is over; with fakes.everywhere()."""
        asked = {"command_line": "", "arguments": {"calls": CALLS, "network": ["tor", "i2p"], "scheme": ["sip"]}, "profile": {}, "machine": {},
                 "versions": {}, "rows": [{"name": row.name, "wanted": CALLS} for row in rows]}
        work = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        with store.Store(self.folder / "out", asked) as found, \
                fakes.everywhere(beds or (lambda row, *_: fakes.Bed(on_place=lambda: self.events.append(row.name))), **others):
            one = run.Run(found, plan.batches(rows), registers, with_audit, pathlib.Path("/bin/true"), profiles.load("none"), work, self.progress)
            if not one.nothing_left:
                one.run()
        return one

    def kept(self):
        return store.read(self.folder / "out")

    def between(self, *whats):
        """Places in the events."""
        return [self.events.index(what) for what in whats]


class Order(OfARun):
    def test_nothing_goes_on_beside_a_batch(self):
        def register(way, _):
            self.events.append(f"begin {way}")
            time.sleep(0.05)
            self.events.append(f"end {way}")

        def look(one):
            self.events.append("begin audit")
            placed = store.calls(one.asked.calls_csv.parent)  # complete: no line comes to it any more
            self.assertEqual(dict.fromkeys((row.name for row in ROWS), CALLS), {name: len(calls) for name, calls in placed.items()})
            time.sleep(0.1)
            self.events.append("end audit")

        self.run_all(**fakes.registering(register), **fakes.auditing(look))
        self.assertEqual([], self.kept()["problems"])
        calls = [number for number, event in enumerate(self.events) if "/" in event]
        first_of_i2p = min(number for number in calls if self.events[number].startswith("i2p/"))
        self.assertLess(max(self.between("begin tor-exit", "end tor-exit")), first_of_i2p)
        self.assertGreater(min(self.between("begin tor-exit")), max(number for number in calls if number < first_of_i2p))
        self.assertLess(max(calls), min(self.between("begin audit", "begin direct", "begin i2p")))

    def test_the_last_register_test_the_direct_one_and_the_audit_are_side_by_side(self):
        meet = threading.Barrier(3)
        self.run_all(**fakes.registering(lambda way, _: way == "tor-exit" or meet.wait(10)), **fakes.auditing(lambda _: meet.wait(10)))
        self.assertEqual([], self.kept()["problems"])

    def test_a_network_is_up_until_its_register_test_is_over_and_goes_before_the_audit_is(self):
        down, seen = threading.Event(), []

        class Lab(fakes.Lab):
            def down(self):
                super().down()
                if self._folder.name == "i2p":
                    down.set()

        def register(way, _):
            time.sleep(0.05)
            seen.append((way, "down i2p" in Lab.log))

        self.run_all(**fakes.registering(register), **fakes.auditing(lambda _: self.assertTrue(down.wait(10))),
                     **{"labs._KINDS": {"tor": Lab, "i2p": Lab}})
        self.assertIn(("i2p", False), seen)
        self.assertEqual([], self.kept()["problems"])

    def test_a_last_network_that_does_not_come_up_costs_neither_the_direct_test_nor_the_audit(self):
        class Broken(fakes.Lab):
            def up(self, *_):
                raise RunError("no network")

        self.run_all(**{"labs._KINDS": {"tor": fakes.Lab, "i2p": Broken}})
        self.assertEqual(["i2p network: no network"], self.kept()["problems"])
        self.assertEqual({"register tor-exit", "register direct", "audit"}, set(self.kept()["done"]))


class GoingOn(OfARun):
    def fails(self, *_):
        raise RunError("not today")

    def test_an_audit_alone(self):
        self.run_all(**fakes.auditing(self.fails))
        self.assertEqual(["audit: not today"], self.kept()["problems"])
        self.events.clear()
        self.assertFalse(self.run_all(beds=self.fail, **fakes.registering(self.fail)).nothing_left)
        self.assertEqual(([], []), (self.kept()["problems"], fakes.Lab.log))
        self.assertTrue((self.folder / "out" / store.CRITERIA).exists())
        self.assertTrue(self.run_all(beds=self.fail).nothing_left)

    def test_register_tests_alone(self):
        self.run_all(registers={})
        begun = []
        self.run_all(beds=self.fail, **fakes.registering(lambda way, _: begun.append(way)), **fakes.auditing(self.fail))
        self.assertEqual({"tor-exit", "i2p", "direct"}, set(begun))
        self.assertEqual(["up tor", "down tor", "up i2p", "down i2p"], fakes.Lab.log)
        self.assertEqual([], self.kept()["problems"])


class Ending(OfARun):
    def test_what_goes_on_is_stopped_before_its_network_goes(self):
        stopped = []

        class Lab(fakes.Lab):
            def down(self):
                if self._folder.name == "i2p":
                    stopped.append("down")

        def until_stopped(what, one):
            if what == "i2p":
                begun.set()
            self.assertTrue(one.stopped.wait(10))
            time.sleep(0.1)
            stopped.append(what)
            raise RunError("stopped")

        def interrupt():
            if begun.is_set():
                raise KeyboardInterrupt

        begun = threading.Event()
        with self.assertRaises(KeyboardInterrupt):
            self.run_all(**fakes.registering(lambda way, one: way == "tor-exit" or until_stopped(way, one)),
                         **fakes.auditing(lambda one: until_stopped("audit", one)), **{"labs._KINDS": {"tor": Lab, "i2p": Lab}},
                         **{"telling.Teller.tick": lambda _: interrupt()})
        self.assertEqual({"audit", "direct", "i2p"}, set(stopped[:3]))
        self.assertEqual(["down"], stopped[3:])
        # That is no problem of the run, and is done the next time.
        self.assertEqual(([], ["register tor-exit"]), (self.kept()["problems"], self.kept()["done"]))
        self.run_all(beds=self.fail)
        self.assertEqual({*map(plan.register, REGISTERS), "audit"}, set(self.kept()["done"]))


# A module in place of delaytables.audit's work: criteria.run() is `work`.
_CHILD = """
import pathlib, sys, time
from unittest import mock
from delaytables import audit
def work(binary, folder, networks, schemes, report, calls_csv):
    {work}
with mock.patch("delaytables.criteria.run", work):
    sys.exit(audit.main())
"""
_WAITS = """report("begun")
    try:
        time.sleep(60)
    finally:
        time.sleep(0.1)
        (folder.parent / "tidied").touch()"""


class Child(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.told, self.begun = pathlib.Path(folder.name), [], threading.Event()
        looking = mock.patch.object(audit, "_LOOK_S", 0.02)
        looking.start()
        self.addCleanup(looking.stop)

    def tell(self, line):
        self.told.append(line)
        self.begun.set()

    def audit(self, work):
        asked = audit.Asked(pathlib.Path("/bin/sipveil"), ["tor"], ["sip", "privasip-2-rsa"], pathlib.Path("/run/calls.csv"))
        with mock.patch.object(audit, "_MODULE", ("-c", _CHILD.format(work=work))):
            return audit.Audit(asked, self.folder)

    def test_what_it_is_asked_what_it_tells_and_what_it_finds(self):
        with self.audit("""report("one")
    report("two")
    return {"asked": [str(binary), networks, schemes, str(calls_csv), folder.parent.is_dir()]}""") as one:
            self.assertEqual({"asked": ["/bin/sipveil", ["tor"], ["sip", "privasip-2-rsa"], "/run/calls.csv", True]}, one.run(self.tell))
        self.assertEqual(["one", "two"], self.told)

    def test_what_it_tells_comes_at_once(self):
        def go_on(_):
            (self.folder / "heard").touch()

        with self.audit("""report("one")
    while not (folder.parent / "heard").exists():
        time.sleep(0.01)
    return {}""") as one:
            self.assertEqual({}, one.run(go_on))

    def test_a_failure_is_told_by_its_reason(self):
        with self.audit('from callrun.errors import RunError; raise RunError("nothing captured")') as one:
            with self.assertRaisesRegex(RunError, "^nothing captured$"):
                one.run()

    def test_a_mistake_is_told_too(self):
        with self.audit("return {}[1]") as one, self.assertRaisesRegex(RunError, "^KeyError: 1$"):
            one.run()

    def test_stopped_by_another_thread_it_tidies_up(self):
        with self.audit(_WAITS) as one:
            threading.Thread(target=lambda: self.begun.wait(20) and one.stop(), daemon=True).start()
            with self.assertRaisesRegex(RunError, "was stopped"):
                one.run(self.tell)
        self.assertTrue((self.folder / "tidied").exists())

    def test_the_end_of_a_run_ends_it_in_order(self):
        """As a whole: a process that waits for its audit gets SIGTERM, as delay-tables."""
        parent = f"""
import pathlib, sys
sys.path.insert(0, {str(SCRIPTS / "tests")!r})
from unittest import mock
import delaytables_fakes as fakes, test_delaytables_once as here
from callrun import command
from callrun.progress import Progress
from delaytables import audit
one = here.OfARun()
one.folder, one.events, one.progress = pathlib.Path({str(self.folder)!r}), [], Progress("t")
with mock.patch.object(audit, "_MODULE", ("-c", {_CHILD.format(work=_WAITS)!r})):
    sys.exit(command.guarded("t", one.progress, lambda: one.run_all(**{{"audit.Audit": audit.Audit}}) and 0))
"""
        with subprocess.Popen([sys.executable, "-B", "-c", parent], env={"PYTHONPATH": str(SCRIPTS), "PATH": "/usr/bin:/bin"}, text=True,
                              stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            lines = []
            for line in process.stderr:
                lines.append(line)
                if line.endswith("  begun\n"):
                    process.send_signal(signal.SIGTERM)
            process.wait(30)
        self.assertEqual(130, process.returncode, "".join(lines))
        self.assertEqual(1, len(list(self.folder.glob("*/audit/tidied"))), "".join(lines))
        self.assertEqual(b"", subprocess.run(["pgrep", "-f", str(self.folder)], capture_output=True, check=False).stdout)
        kept = store.read(self.folder / "out")
        self.assertEqual(([], False), (kept["problems"], "audit" in kept["done"]))
