"""How long the rest of a run takes: by what calls took so far, and before that by what they are expected to take."""
import threading

_WEIGHT = 3             # calls that the expectation counts for
_LEAST, _MOST = 0.3, 3.0  # how wrong the expectation of rows that have not begun may be held to be, by those of the same network


class TimeLeft:
    """`batches` in their order; `missing`: {row name: calls}; `other_s`: {what: seconds} of all that is no batch; `beside_s`:
    the same of what goes on side by side."""

    def __init__(self, batches, missing, other_s, beside_s=()):
        self._lock = threading.Lock()
        self._batches = list(batches)
        self._rows = [row for batch in batches for row in batch.rows]
        self._missing = dict(missing)
        self._other_s, self._beside_s = dict(other_s), dict(beside_s)
        self._took = {row.name: (0, 0.0) for row in self._rows}  # calls, seconds
        self._going = set()  # batches whose start is over

    def call(self, row, seconds):
        """One of the row's calls took so long, with the pause after it."""
        with self._lock:
            count, total = self._took[row.name]
            self._took[row.name] = count + 1, total + seconds
            self._missing[row.name] = max(0, self._missing[row.name] - 1)

    def begun(self, batch):
        """Its beds have started."""
        with self._lock:
            self._going.add(batch)

    def given_up(self, row):
        """It gets no more calls."""
        with self._lock:
            self._missing[row.name] = 0

    def over(self, what):
        """A batch, or a key of other_s or beside_s."""
        with self._lock:
            self._other_s.pop(what, None)
            self._beside_s.pop(what, None)
            if what in self._batches:
                self._batches.remove(what)

    def seconds(self):
        with self._lock:
            factors = {network: self._factor(network) for network in {batch.network for batch in self._batches}}
            return sum(self._other_s.values()) + max(self._beside_s.values(), default=0.0) + sum(self._rest(batch, factors[batch.network]) for batch in self._batches)

    def _rest(self, batch, factor):
        calls_s = max(self._missing[row.name] * self._call_s(row, factor) for row in batch.rows)
        return calls_s + (0.0 if batch in self._going else batch.start_s)

    def _call_s(self, row, factor):
        count, total = self._took[row.name]
        return (_WEIGHT * row.call_s * factor + total) / (_WEIGHT + count)

    def _factor(self, network):
        """By how much calls of this network took longer than expected."""
        took = expected = 0.0
        for row in self._rows:
            if row.network != network:
                continue
            count, total = self._took[row.name]
            took, expected = took + total, expected + count * row.call_s
        return min(_MOST, max(_LEAST, took / expected)) if expected else 1.0
