"""One batch: a thread for each row, which places its calls one after the other, and one for each raw round trip, side by side."""
import threading
import time
import traceback

from callrun.errors import RunError
from delaytables.attempts import EXPECTED
from delaytables.holding import Holding

_BEDS = 2           # a row gets so many; a bed that has worked does not count
_FAILED = 5         # so many calls in a row are taken to be the bed's fault
_RAW_PACE = 1.0     # an echo for each call of the slowest row, so that they go on for as long as what they are compared with
_GATE_S = 150.0     # a lane that has started waits so long for the others
_LOOK_S = 0.5
_PATIENCE_S = 90.0  # for lanes to end once they have been told to


class Gate:
    """Lets every lane through once each has come, or has given up coming: all measure the same machine at the same moment. None waits
    longer than `patience` seconds."""

    def __init__(self, count, patience=_GATE_S):
        self._patience = patience
        self._condition = threading.Condition()
        self._awaited = set(range(count))

    def come(self, number):
        """Does not wait."""
        with self._condition:
            self._awaited.discard(number)
            self._condition.notify_all()

    def pass_through(self, number):
        self.come(number)
        with self._condition:
            self._condition.wait_for(lambda: not self._awaited, self._patience)


class Lanes:
    """`batch`: a plan.Batch of rows that lack calls; make_bed(row, lane, folder) and make_raw(way, topology, lane) make beds.Bed and
    raw.RawLane; `store`: store.Store; `teller`: telling.Teller. `folder` gets a folder for each bed, with a short name."""

    def __init__(self, batch, make_bed, make_raw, folder, store, teller):
        self._batch, self._store, self._teller, self._folder = batch, store, teller, folder
        self._make_bed, self._make_raw = make_bed, make_raw
        self._over = threading.Event()       # nothing more is to be measured
        self._gate = Gate(batch.lanes)
        self._holding = Holding()

    def run(self):
        """Returns when each row has its calls, or can have no more of them; then nothing of the batch is left."""
        rows = [threading.Thread(target=self._guarded, args=(self._row, number, row), daemon=True)
                for number, row in enumerate(self._batch.rows)]
        raws = [threading.Thread(target=self._guarded, args=(self._raw, number, raw), daemon=True)
                for number, raw in enumerate(self._batch.raws, len(rows))]
        try:
            for thread in (*rows, *raws):
                thread.start()
            while any(thread.is_alive() for thread in rows):
                time.sleep(_LOOK_S)
                self._teller.tick()
        finally:
            started = [thread for thread in (*rows, *raws) if thread.ident]
            try:
                self._end(started)
            except BaseException:  # Ctrl-C, perhaps: then in earnest
                self._end(started)
                raise

    def _end(self, threads):
        self._over.set()
        for number in range(self._batch.lanes):
            self._gate.come(number)
        if not self._holding.end(threads, _PATIENCE_S):
            self._teller.say("a lane of this batch does not end; what it started may be left")

    def _guarded(self, work, number, what):
        """A lane takes no other down with it."""
        try:
            work(number, what)
        except EXPECTED as error:
            self._problem(what, str(error))
        except Exception as error:  # a mistake of ours, which must not cost the others their calls
            self._problem(what, f"{type(error).__name__}: {error}")
            self._teller.say(traceback.format_exc())
        finally:
            self._gate.come(number)

    def _problem(self, what, text):
        if not self._over.is_set():
            self._store.problem(what.name, text)
            self._teller.say(f"{what.name}: {text}")

    # --- calls ---

    def _row(self, number, row):
        self._store.forget_problems(row.name)
        beds = barren = 0
        while self._missing(row) and not self._over.is_set():
            before = self._store.placed(row.name)
            try:
                self._on_a_bed(number, row, beds)
            except EXPECTED as error:
                beds += 1
                barren = barren + 1 if self._store.placed(row.name) - before <= _FAILED else 1
                self._gate.come(number)
                if barren == _BEDS:
                    self._teller.given_up(row)
                    raise RunError(f"{error}. {self._missing(row)} of its calls were not placed") from error
                # No problem of the run: calls that failed are in its tables.
                self._teller.say(f"{row.name}: its test bed is made anew after {self._store.placed(row.name)} calls: {error}")

    def _missing(self, row):
        return self._store.missing()[row.name]

    def _on_a_bed(self, number, row, beds):
        with self._holding.of(self._make_bed(row, number, self._folder / f"{number}-{beds}")) as bed:
            if self._over.is_set():
                return
            bed.start(lambda sentence: self._teller.preparing(row, sentence))
            self._gate.pass_through(number)
            self._teller.begun()
            self._place(bed, row)

    def _place(self, bed, row):
        failed, begin = 0, time.monotonic()
        while self._missing(row) and not self._over.is_set():
            call = bed.place()
            if self._over.is_set():  # it was cut off, which says nothing of the path
                return
            self._store.add_call(call, row.name)
            self._over.wait(bed.pause_s)
            now = time.monotonic()
            self._teller.call(row, call, now - begin)
            begin = now
            failed = 0 if call.complete else failed + 1
            if failed == _FAILED and self._missing(row):
                raise RunError(f"{failed} calls in a row failed, the last one with {call.answer or 'no answer'}")

    # --- raw round trips ---

    def _raw(self, number, raw):
        self._store.forget_problems(raw.name)
        most = max(self._missing(row) for row in self._batch.rows if row.topology == raw.topology and row.way in raw.ways)
        for last in (False, True):
            try:
                with self._holding.of(self._make_raw(raw.ways[0], raw.topology, number)) as lane:
                    if self._over.is_set():
                        return
                    lane.start(lambda sentence: self._teller.preparing(raw, sentence))
                    self._gate.pass_through(number)
                    most -= self._echo(lane, raw, most, self._raw_pause_s(raw))
                return
            except EXPECTED:
                self._gate.come(number)
                if last:
                    raise

    def _raw_pause_s(self, raw):
        return _RAW_PACE * max(row.call_s for row in self._batch.rows if row.topology == raw.topology and row.way in raw.ways)

    def _echo(self, lane, raw, most, pause_s):
        count = 0
        failed = 0
        while count < most and not self._over.is_set():
            started = time.time()
            try:
                legs = lane.measure()
                failed = 0
            except EXPECTED:
                failed += 1
                if failed == _FAILED:
                    raise
                legs = None
            if legs and not self._over.is_set():
                count += 1
                for way in raw.ways:
                    self._store.add_raw(way, raw.topology, started, *legs)
            self._over.wait(pause_s)
        return count
