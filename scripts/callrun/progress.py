"""What a run tells while it works, on standard error."""
import sys
import time


class Progress:
    """Lines with the seconds since the start; on a terminal also one line that changes in place."""

    def __init__(self, name, quiet=False):
        self._name = name
        self._quiet = quiet
        self._begin = time.monotonic()
        self._in_place = not quiet and sys.stderr.isatty()

    def say(self, line):
        if not self._quiet:
            print(f"{self._clear()}{self._stamp()}{line}", file=sys.stderr, flush=True)

    def live(self, line):
        """Only on a terminal, until the next say()."""
        if self._in_place:
            print(f"{self._clear()}{self._stamp()}{line}", end="", file=sys.stderr, flush=True)

    def end_live(self):
        """Leaves the cursor at the start of an empty line."""
        if self._in_place:
            print(self._clear(), end="", file=sys.stderr, flush=True)

    def _stamp(self):
        return f"{self._name} {time.monotonic() - self._begin:5.1f} s  "

    def _clear(self):
        return "\r\033[K" if self._in_place else ""
