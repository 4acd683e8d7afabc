"""Where the drills play: private networks of their own with a bed (scripts/drills) in them, started in the background, and one drill at a
time."""
import collections
import contextlib
import pathlib
import threading

from bridge import SANITIZER_WORDS
from callrun.errors import RunError
from callrun.settings import Standby
from drills import beds, drill
from drills.errors import DrillError
from waiting import Failure, check

# scripts/drill measures; here sanitizers and other scenarios take their time.
_GENEROUS = 3
_END_PATIENCE = 20
# When introduction points are lost, stock tors may try those that are gone for two minutes before they ask for the descriptor
# that names others, without sipveil as well. What is asked of sipveil must show in one of so many tries; a call that comes
# twice fails at once.
# i2pd 2.45.1 takes its time as it likes: of the drills that strike it or its tunnels the same is asked. It also crashes now and then: a drill
# during which something ended that it had not struck says nothing, and is played again.
_TRIES = 3
_ONE_IS_ENOUGH = {"middle", "callees-tor", "sam", "transit", "callers-i2pd", "callees-i2pd"}
# The same with the caller's tor new as well: it fetches the old descriptor once more, and dials by it hang until they time out. That
# calls get through again, and none twice, is asked of sipveil; what became of the calls in progress is told.
_LENIENT = {"everything": 60}  # seconds


class Diary:
    """What went on before a drill failed."""

    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


class DrillGround:
    """`network`: what scripts/drill --network takes."""

    def __init__(self, folder, binary, network="tor"):
        self._folder, self._binary = pathlib.Path(folder), binary
        self._kind = beds.KINDS[network]
        self._stack = contextlib.ExitStack()
        self._lock = threading.Lock()
        self._bed = self._error = None
        self._diary = Diary()

    def begin(self):
        threading.Thread(target=self._try, daemon=True).start()

    def play(self, name):
        """One drill. Returns what came of it, in a sentence; Failure if a call was lost, came twice, or the next one took too long."""
        with self._lock:
            for _ in range(_TRIES):
                outcome = self._play_once(name)
                again = name in _ONE_IS_ENOUGH or self._bed.missing()  # what was struck runs again by now
                if not outcome.failures or outcome.seen_twice or not again:
                    break
            if name in _LENIENT:
                back = outcome.next_call_s is not None and outcome.next_call_s <= _LENIENT[name]
                check(back and not outcome.seen_twice, self._complaint(outcome))
                lost = sum(not one.good for one in outcome.crossings)
                return f"next call after {outcome.next_call_s:.1f} s, {lost} requests of the calls in progress lost"
            check(not outcome.failures, self._complaint(outcome))
            return f"next call after {outcome.next_call_s:.1f} s"

    def _play_once(self, name):
        bed = self._up()
        (blow,) = bed.chosen([name])
        blow.limit_s *= _GENEROUS
        bed.forget()
        try:
            bed.settle()
        except (DrillError, RunError):  # what asks nothing of sipveil yet: a router may have ended by itself meanwhile
            bed.settle()
        try:
            return drill.run(bed, blow, self._diary)
        finally:
            blow.mend(bed)

    def _complaint(self, outcome):
        refused = collections.Counter(outcome.refused)
        lines = ["; ".join(outcome.failures), f"blow: {outcome.victim}, which carried {outcome.calls_hit} of 2 calls; next call after "
                 f"{outcome.next_call_s} s", *map(str, outcome.crossings), *(f"{count} calls: {why}" for why, count in refused.items())]
        lines += ["--- the drills so far", *self._diary.lines[-10:]]
        for one in self._bridges():
            lines += [f"--- log of {one.child.name}", one.child.last_words(15)]
        return "\n".join(lines)

    def close(self):
        """Failure if a bridge did not end as it should. A second call does nothing."""
        with self._lock, self._stack:
            bridges, self._bed = self._bridges(), None
            for one in bridges:
                code = one.child.stop(_END_PATIENCE)
                check(code == 0, f"{one.child.name} ended with {code}:\n{one.child.last_words()}")
                log = one.child.log.read_text(encoding="utf-8", errors="replace")
                check(not SANITIZER_WORDS.search(log), f"{one.child.name}: a sanitizer found something:\n{log[-4000:]}")

    def _bridges(self):
        return [self._bed.alice, self._bed.bob] if self._bed else []

    def _up(self):
        """The bed. Every drill gets the error if it does not come up."""
        if self._error:
            raise Failure(f"the drills' bed did not come up: {self._error}") from self._error
        if self._bed is None:
            try:
                self._folder.mkdir(mode=0o700)
                self._bed, _ = beds.started(self._kind, self._stack, self._binary, self._folder, Standby(), self._diary,
                                            wires={"tor": "loopback", "i2p": "shared"})
            except Exception as error:
                self._error = error
                raise
        return self._bed

    def _try(self):
        with self._lock, contextlib.suppress(Exception):
            self._up()
