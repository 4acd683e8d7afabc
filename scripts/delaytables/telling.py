"""What a run tells while it goes on, from several threads: a line for some calls of each row, how far all of it is, and for how long
it will still go on."""
import threading
import time

from delaytables import plan

_CALLS, _LONGEST_S = 10, 60.0  # after so many calls of a row, or so many seconds, comes its next line
_PREPARING_S = 10.0            # between lines about beds that start


class Teller:
    """`progress`: callrun.progress.Progress; `time_left`: timeleft.TimeLeft; `placed`, `wanted`: calls of all rows."""

    def __init__(self, progress, time_left, placed, wanted):
        self._progress, self._time_left = progress, time_left
        self._lock = threading.Lock()
        self._placed, self._wanted = placed, wanted
        self._batch, self._told_begun = None, False
        self._rows = {}          # name: _Since
        self._told_preparing = 0.0

    def batch(self, batch, title):
        """One begins."""
        with self._lock:
            self._batch, self._told_begun = batch, False
            self._rows = {row.name: _Since() for row in batch.rows}
            self._progress.say(f"{title}; {self._whole()}")

    def say(self, sentence):
        with self._lock:
            self._progress.say(sentence)

    def preparing(self, what, sentence):
        """A bed or a raw lane tells how its start goes on: now and then a line."""
        with self._lock:
            now = time.monotonic()
            if now - self._told_preparing >= _PREPARING_S:
                self._told_preparing = now
                self._progress.say(f"  {what.name}: {sentence}")
            else:
                self._progress.live(f"{what.name}: {sentence}")

    def begun(self):
        """The beds of the batch have started."""
        with self._lock:
            if not self._told_begun:
                self._told_begun = True
                self._time_left.begun(self._batch)
                self._progress.say("  calls begin")

    def call(self, row, call, seconds):
        """One ended, and took so long with its pause."""
        self._time_left.call(row, seconds)
        with self._lock:
            self._placed += 1
            since = self._rows[row.name]
            since.add(call)
            if since.is_long() or not call.complete:
                self._progress.say(f"  {row.name}: {since.text(call)}; {self._whole()}")
                self._rows[row.name] = _Since()

    def given_up(self, row):
        self._time_left.given_up(row)

    def tick(self):
        """Now and then; on a terminal one line changes."""
        with self._lock:
            if self._told_begun:
                self._progress.live(self._whole())

    def _whole(self):
        return f"{self._placed} of {self._wanted} calls, about {plan.minutes(self._time_left.seconds())} left"


class _Since:
    """Calls of a row since its last line."""

    def __init__(self):
        self._begin, self._count, self._rang = time.monotonic(), 0, []

    def add(self, call):
        self._count += 1
        delay = next((delay for delay in (call.invite_to_180_s, call.timeline_s, call.phone_s) if delay is not None), None)
        if delay is not None:
            self._rang.append(delay)

    def is_long(self):
        return self._count >= _CALLS or time.monotonic() - self._begin >= _LONGEST_S

    def text(self, last):
        rang = f"rang after {min(self._rang):.2f} to {max(self._rang):.2f} s" if self._rang else "none rang"
        failed = "" if last.complete else f" (call {last.number} failed: {last.answer or 'no answer'})"
        return f"call {last.number}, the last {self._count} {rang}{failed}" if self._count > 1 else f"call {last.number} {rang}{failed}"
