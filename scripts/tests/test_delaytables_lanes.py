import collections
import pathlib
import tempfile
import threading
import unittest
from unittest import mock

from callrun.errors import RunError
from delaytables import lanes, plan, store
from delaytables_fakes import Bed, RawLane, Teller

ROWS = tuple(plan.Row("tor-exit", "paper", scheme, False) for scheme in ("sip", "privasip-2-rsa"))
FIRST, SECOND = (row.name for row in ROWS)
RAW = "tor-exit/paper/raw"


class LanesOfABatch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name, value in (("_LOOK_S", 0.01), ("_RAW_PACE", 0.002), ("_PATIENCE_S", 5.0)):
            patched = mock.patch.object(lanes, name, value)
            patched.start()
            self.addCleanup(patched.stop)
        self.teller = Teller()
        self.beds = collections.defaultdict(list)  # row name: those that were made
        self.raws = []

    def run_batch(self, calls, beds=lambda row, count: Bed(), raw=RawLane):
        """beds(row, how many the row had before) and raw() make what lanes work with."""
        asked = {"command_line": "", "arguments": {"calls": calls}, "profile": {}, "machine": {}, "versions": {},
                 "rows": [{"name": row.name, "wanted": calls} for row in ROWS]}
        self.store = store.Store(self.folder / "out", asked)
        self.addCleanup(self.store.close)

        def make_bed(row, lane, folder):
            self.beds[row.name].append(beds(row, len(self.beds[row.name])))
            self.assertEqual(ROWS.index(row), lane)
            self.assertFalse(folder.exists())
            folder.mkdir()
            return self.beds[row.name][-1]

        def make_raw(way, topology, lane):
            self.assertEqual(("tor-exit", "paper", len(ROWS)), (way, topology, lane))
            self.raws.append(raw())
            return self.raws[-1]

        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        lanes.Lanes(plan.Batch(ROWS), make_bed, make_raw, folder, self.store, self.teller).run()

    def placed(self):
        return {name: [(call.number, call.complete) for call in calls] for name, calls in store.calls(self.folder / "out").items()}

    def problems(self):
        return store.read(self.folder / "out")["problems"]

    # --- calls ---

    def test_each_row_gets_its_calls_and_nothing_is_left(self):
        self.run_batch(3)
        self.assertEqual({name: [(1, 1), (2, 1), (3, 1)] for name in (FIRST, SECOND)}, self.placed())
        self.assertEqual([], self.problems())
        self.assertEqual(["start", "place", "place", "place", "stop", "left"], self.beds[FIRST][0].events)
        self.assertEqual("left", self.raws[0].events[-1])
        self.assertEqual(6, len(self.teller.calls))

    def test_rows_go_on_side_by_side(self):
        together = threading.Barrier(2, timeout=10)
        self.run_batch(3, lambda row, count: Bed(on_place=together.wait))
        self.assertFalse(together.broken)
        self.assertEqual(3, len(self.placed()[FIRST]))

    def test_no_call_goes_before_every_bed_has_started(self):
        started, early = [], []

        class Slow(Bed):
            def start(self, report):
                threading.Event().wait(0.2 * len(started))
                started.append(self)

        self.run_batch(1, lambda row, count: Slow(on_place=lambda: early.append(len(started))))
        self.assertEqual([2, 2], early)

    def test_failed_calls_count(self):
        self.run_batch(3, lambda row, count: Bed([1.0, None, 1.0]))
        self.assertEqual([(1, 1), (2, 0), (3, 1)], self.placed()[FIRST])
        self.assertEqual([], self.problems())

    # --- beds that fail ---

    def test_a_bed_that_does_not_start_is_tried_once_more(self):
        self.run_batch(2, lambda row, count: Bed(fails=RunError("no port") if row == ROWS[0] and not count else None))
        self.assertEqual(2, len(self.placed()[FIRST]))
        self.assertEqual(2, len(self.beds[FIRST]))
        self.assertEqual("left", self.beds[FIRST][0].events[-1])
        self.assertEqual([], self.problems())
        self.assertIn(f"{FIRST}: its test bed is made anew after 0 calls: no port", self.teller.said)

    def test_a_row_whose_beds_do_not_start_leaves_the_others_alone(self):
        self.run_batch(2, lambda row, count: Bed(fails=RunError("no port") if row == ROWS[0] else None))
        self.assertEqual({SECOND: [(1, 1), (2, 1)]}, self.placed())
        self.assertEqual(2, len(self.beds[FIRST]))
        self.assertIn("no port. 2 of its calls were not placed", self.problems()[-1])
        self.assertEqual([FIRST], self.teller.lost)

    def test_a_bed_of_which_every_call_fails_is_made_anew(self):
        self.run_batch(10, lambda row, count: Bed([1.0] + [None] * 5 if row == ROWS[0] and not count else ()))
        self.assertEqual(2, len(self.beds[FIRST]))
        self.assertEqual([0] * 5, [complete for _, complete in self.placed()[FIRST]][1:6])
        self.assertEqual(list(range(1, 11)), [number for number, _ in self.placed()[FIRST]])

    def test_no_row_fails_for_ever(self):
        self.run_batch(100, lambda row, count: Bed([None] * 100 if row == ROWS[0] else ()))
        self.assertEqual(10, len(self.placed()[FIRST]))
        self.assertEqual(100, len(self.placed()[SECOND]))
        self.assertIn("5 calls in a row failed, the last one with 503. 90 of its calls", self.problems()[-1])

    def test_a_bed_that_dies_during_a_call_is_made_anew(self):
        self.run_batch(3, lambda row, count: Bed([1.0, RunError("kamailio ended")] if row == ROWS[0] and not count else ()))
        self.assertEqual(3, len(self.placed()[FIRST]))
        self.assertEqual(2, len(self.beds[FIRST]))

    def test_a_mistake_of_ours_costs_one_row(self):
        self.run_batch(2, lambda row, count: Bed([KeyError("key")] if row == ROWS[0] else ()))
        self.assertEqual({SECOND: [(1, 1), (2, 1)]}, self.placed())
        self.assertEqual([f"{FIRST}: KeyError: 'key'"], self.problems())

    def test_problems_of_before_are_forgotten(self):
        with mock.patch.object(lanes, "_BEDS", 1):
            self.run_batch(1, lambda row, count: Bed(fails=RunError("no port")))
        self.assertEqual(2, len(self.problems()))
        self.store.close()
        self.run_batch(1)
        self.assertEqual([], self.problems())

    # --- raw round trips ---

    def test_raw_round_trips_are_measured_as_long_as_calls_go_on(self):
        enough = threading.Event()

        class Raw(RawLane):
            def measure(self):
                if len(self.events) == 3:
                    enough.set()
                return super().measure()

        self.run_batch(9, lambda row, count: Bed(on_place=lambda: enough.wait(10)), Raw)
        lines = (self.folder / "out" / "raw.csv").read_text(encoding="utf-8").splitlines()[1:]
        self.assertGreaterEqual(len(lines), 3)
        self.assertRegex(lines[0], r"^tor-exit,paper,1,[0-9.]+,0.500000,0.250000,0.750000$")

    def test_no_more_of_them_than_calls(self):
        measured = threading.Semaphore(0)

        class Raw(RawLane):
            def measure(self):
                measured.release()
                return super().measure()

        self.run_batch(2, lambda row, count: Bed(on_place=lambda: measured.acquire(timeout=0.3)), Raw)
        self.assertEqual(2, self.raws[0].events.count("measure"))

    def test_calls_go_on_without_them(self):
        self.run_batch(2, raw=lambda: RawLane(fails=RunError("no echo")))
        self.assertEqual(2, len(self.raws))
        self.assertEqual(2, len(self.placed()[FIRST]))

    def test_one_that_breaks_is_tried_again(self):
        class Raw(RawLane):
            def measure(self):
                self.events.append("measure")
                if self.events.count("measure") % 2:
                    raise RunError("broken")
                return 0.5, None

        ready = threading.Event()
        self.run_batch(4, lambda row, count: Bed(on_place=lambda: ready.wait(0.1)), Raw)
        lines = (self.folder / "out" / "raw.csv").read_text(encoding="utf-8").splitlines()[1:]
        self.assertGreaterEqual(len(lines), 2)
        self.assertEqual([], self.problems())

    # --- Ctrl-C ---

    def test_an_interruption_ends_calls_that_go_on_and_drops_them(self):
        def interrupt():
            if len(self.teller.calls) == 2 and sum(bed.events.count("place") for beds in self.beds.values() for bed in beds) == 4:
                raise KeyboardInterrupt

        self.teller.tick = interrupt
        with self.assertRaises(KeyboardInterrupt):
            self.run_batch(5, lambda row, count: Bed([1.0, "block"]))
        self.assertEqual({FIRST: [(1, 1)], SECOND: [(1, 1)]}, self.placed())
        self.assertEqual([], self.problems())
        self.assertEqual(["left", "left"], [self.beds[name][0].events[-1] for name in (FIRST, SECOND)])
        self.assertEqual("left", self.raws[0].events[-1])
        self.assertEqual([], [thread for thread in threading.enumerate() if thread.daemon])

    def test_an_interruption_ends_beds_that_start(self):
        class Starting(Bed):
            def start(self, report):
                self.events.append("start")
                assert self._stopped.wait(20)
                raise RunError("stopped")

        def interrupt():
            if all(self.beds[name] and "start" in self.beds[name][0].events for name in (FIRST, SECOND)):
                raise KeyboardInterrupt

        self.teller.tick = interrupt
        with self.assertRaises(KeyboardInterrupt):
            self.run_batch(5, lambda row, count: Starting())
        self.assertEqual([], self.problems())
        self.assertEqual([1, 1], [len(self.beds[name]) for name in (FIRST, SECOND)])
        self.assertEqual("left", self.beds[FIRST][0].events[-1])
