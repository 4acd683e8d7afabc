"""What comes once in a run, whatever the number of calls: register tests and the audit. Threads, side by side where the order of the run
(run.py) lets them be."""
import threading
import time

from callrun.errors import RunError
from delaytables import audit, plan, register, store
from delaytables.holding import Holding

_LOOK_S = 0.2
_PATIENCE_S = 180.0  # for all of it to end once it has been told to: the audit takes two networks down


class Once:
    """A context: what still goes on at its end is stopped. `registers`: {way: network, or register.DIRECT}; `with_audit`: whether the audit is
    wanted; `ground`: beds.Ground; `found`: store.Store; `attempts`: attempts.Attempts; `teller`: telling.Teller."""

    def __init__(self, registers, with_audit, ground, found, attempts, teller):
        self._registers, self._with_audit = dict(registers), with_audit
        self._ground, self._store, self._attempts, self._teller = ground, found, attempts, teller
        self._holding, self._threads = Holding(), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._attempts.over.set()
        try:
            self._end()
        except BaseException:  # Ctrl-C, perhaps: then in earnest
            self._end()
            raise

    def begin(self):
        """Begins what needs none of the run's networks: all calls have been placed. A second call does nothing."""
        for way in [way for way, network in self._registers.items() if network not in plan.LAB_S]:
            self._begin_register(way)
        if self._with_audit:
            self._with_audit = False
            self._begin_audit()

    def over(self, network):
        """The register tests over a network that is up; returns when they are over."""
        self._wait([self._begin_register(way) for way in [way for way, of in self._registers.items() if of == network]])

    def finish(self):
        """Returns when all that has begun is over."""
        self._wait(self._threads)

    # --- details ---

    def _begin_register(self, way):
        del self._registers[way]
        self._teller.say(f"register test by {way}: {register.RATE} a second for {register.SECONDS} s")

        def once(number):
            self._store.add_register(self._run(lambda folder: register.RegisterTest(self._ground, 0, way, folder), f"r-{way}-{number}"))
        return self._begin(plan.register(way), lambda: self._attempts.once_more(once, plan.register(way)))

    def _begin_audit(self):
        arguments = self._store.run["arguments"]
        self._teller.say("audit: who learns what of a call")
        asked = audit.Asked(self._ground.binary, arguments["network"], arguments["scheme"], self._store.directory / store.CALLS)
        self._begin(plan.AUDIT, lambda: self._store.add_criteria(self._run(lambda folder: audit.Audit(asked, folder), "audit")))

    def _begin(self, what, work):
        """A thread that does it, as far as it can be done."""
        def guarded():
            if self._attempts.guarded(what, work):
                self._store.done(what)
        thread = threading.Thread(target=guarded, name=what, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _run(self, make, name):
        """What run() returns of what make(folder) makes."""
        folder = self._ground.folder / name
        folder.mkdir(mode=0o700)  # a short name: unix sockets lie below
        with self._holding.of(make(folder)) as made:
            if self._attempts.over.is_set():
                raise RunError("stopped before it began")
            return made.run(self._teller.say)

    def _wait(self, threads):
        while any(thread.is_alive() for thread in threads):
            time.sleep(_LOOK_S)
            self._teller.tick()

    def _end(self):
        if not self._holding.end(self._threads, _PATIENCE_S):
            self._teller.say("the audit or a register test does not end; what it started may be left")
