"""What may fail without costing the run what is still to be done."""
import subprocess
import threading
import traceback

from callrun.errors import RunError
from labnet.errors import LabError

EXPECTED = (LabError, RunError, OSError, EOFError, subprocess.SubprocessError)


class Attempts:
    """`store`: store.Store, `teller`: telling.Teller, `time_left`: timeleft.TimeLeft. From any thread. `over`: set, nothing is tried any more, and what
    fails is no problem of the run."""

    def __init__(self, store, teller, time_left):
        self._store, self._teller, self._time_left = store, teller, time_left
        self.over = threading.Event()

    def guarded(self, what, work):
        """Whether work() went well; else it is a problem of the run."""
        self._store.forget_problems(what)
        try:
            work()
            return True
        except EXPECTED as error:
            text = str(error)
        except Exception as error:  # a mistake of ours, which must not cost the run all that is still to be measured
            text = f"{type(error).__name__}: {error}"
            self._teller.say(traceback.format_exc())
        finally:
            self._time_left.over(what)
        if not self.over.is_set():
            self._teller.say(f"{what}: {text}")
            self._store.problem(what, text)
        return False

    def once_more(self, start, what):
        """start(0), and start(1) if that fails: networks, and what starts in them, do so now and then."""
        try:
            start(0)
        except EXPECTED as error:
            if self.over.is_set():
                raise
            self._teller.say(f"{what}: once more, for {error}")
            start(1)
