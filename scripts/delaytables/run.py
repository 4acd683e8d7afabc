"""A run from its first network to its report."""
import contextlib
import shutil
import statistics
import traceback

from callrun.errors import RunError
from delaytables import beds, lanes, plan, store
from delaytables.labs import Labs
from delaytables.telling import Teller
from delaytables.timeleft import TimeLeft
from labnet.errors import LabError

AUDIT = "audit"


def register(way):
    """By what name the register test of a way is told to be done."""
    return f"register {way}"


class Run:
    """`found`: a store.Store; `batches`: all of the run, also those that are complete; `registers`: {way: network, or "direct"} that get
    the register test; `audit`: whether the audit is wanted. `folder`: for all that goes at the end."""

    def __init__(self, found, batches, registers, audit, binary, profile, folder, progress, keep=False):
        self._store, self._folder, self._progress, self._keep = found, folder, progress, keep
        missing = found.missing()
        self._batches = [rest for rest in (batch.without_complete(missing) for batch in batches) if rest]
        self._registers = {way: network for way, network in registers.items() if not found.is_done(register(way))}
        self._audit = audit and not found.is_done(AUDIT)
        self._networks = list(dict.fromkeys([*(batch.network for batch in self._batches),
                                             *(network for network in self._registers.values() if network in plan.LAB_S)]))
        self._time_left = TimeLeft(self._batches, missing, self._other_s())
        wanted = sum(row["wanted"] for row in found.run["rows"])
        self._teller = Teller(progress, self._time_left, wanted - sum(missing.values()), wanted)
        lanes_of = {network: max([batch.lanes for batch in self._batches if batch.network == network], default=1)
                    for network in self._networks}
        self._labs = Labs(folder, profile.hop_delay, lanes_of, self._teller.say)
        self._ground = beds.Ground(binary, self._labs.up, profile, folder)

    @property
    def nothing_left(self):
        return not (self._batches or self._registers or self._audit)

    def run(self):
        """All that is not done yet. What cannot be done becomes a problem of the run, and the rest goes on."""
        try:
            for network in self._networks:
                self._over_network(network)
            self._labs.close()
            for way in [way for way, network in self._registers.items() if network not in plan.LAB_S]:
                self._register(way)
            if self._audit:
                self._look_at_leaks()
            self._store.finish()
        finally:
            self._labs.close()
            self._store.save()

    # --- networks ---

    def _other_s(self):
        return {**{f"{network} network": plan.LAB_S.get(network, 0.0) for network in self._networks},
                **{register(way): plan.REGISTER_S for way in self._registers}, **({AUDIT: plan.AUDIT_S} if self._audit else {})}

    def _over_network(self, network):
        if not self._guarded(f"{network} network", lambda: self._once_more(lambda _: self._labs.need(network), f"{network} network")):
            return
        self._time_left.over(f"{network} network")
        for batch in [batch for batch in self._batches if batch.network == network]:
            self._measure(batch)
        for way in [way for way, of in self._registers.items() if of == network]:
            self._register(way)

    def _once_more(self, start, what):
        """start(0), and start(1) if that fails: networks, and what starts in them, do so now and then."""
        try:
            start(0)
        except lanes.EXPECTED as error:
            self._teller.say(f"{what}: once more, for {error}")
            start(1)

    def _measure(self, batch):
        number = self._batches.index(batch) + 1
        folder = self._folder / f"b{number}"  # short names: unix sockets lie below
        folder.mkdir(mode=0o700)
        self._teller.batch(batch, f"batch {number} of {len(self._batches)}: {batch.title}")
        lanes.Lanes(batch, lambda row, lane, where: beds.make(row, self._ground, lane, where), self._raw_lane, folder, self._store,
                    self._teller).run()
        self._time_left.over(batch)
        self._store.save()
        if not self._keep:
            shutil.rmtree(folder, ignore_errors=True)

    def _raw_lane(self, way, topology, lane):
        from delaytables import raw
        return raw.RawLane(way, topology, self._ground, lane)

    # --- what comes once ---

    def _register(self, way):
        from delaytables import register as anosip
        self._teller.say(f"register test by {way}: {anosip.RATE} a second for {anosip.SECONDS} s")

        def once(number):
            folder = self._folder / f"r-{way}-{number}"
            folder.mkdir(mode=0o700)
            self._store.add_register(anosip.run(self._ground, 0, way, folder, self._teller.say))

        if self._guarded(register(way), lambda: self._once_more(once, register(way))):
            self._store.done(register(way))

    def _look_at_leaks(self):
        from delaytables import criteria
        arguments = self._store.run["arguments"]
        self._teller.say("audit: who learns what of a call")
        folder = self._folder / "audit"
        folder.mkdir(mode=0o700)

        def audit():
            self._store.add_criteria(criteria.run(self._ground.binary, folder, arguments["network"], arguments["scheme"],
                                                  self._teller.say, self._store.directory / store.CALLS))
        if self._guarded(AUDIT, audit):
            self._store.done(AUDIT)

    def _guarded(self, what, work):
        """Whether it went well; else it is a problem of the run."""
        self._store.forget_problems(what)
        try:
            work()
            return True
        except lanes.EXPECTED as error:
            text = str(error)
        except Exception as error:  # a mistake of ours, which must not cost the run all that is still to be measured
            text = f"{type(error).__name__}: {error}"
            self._teller.say(traceback.format_exc())
        finally:
            self._time_left.over(what)
        self._teller.say(f"{what}: {text}")
        self._store.problem(what, text)
        return False


def summary(directory):
    """Of a run that is over, as --json prints it."""
    run, calls = store.read(directory), store.calls(directory)
    return {"directory": str(directory), "took_s": run["took_s"], "finished": run["finished"], "profile": run["profile"]["name"],
            "rows": [_of_row(row, calls.get(row["name"], [])) for row in run["rows"]], "problems": run["problems"]}


def _of_row(row, calls):
    delays = sorted(call.invite_to_180_s for call in calls if call.invite_to_180_s is not None)
    return {"name": row["name"], "title": row["title"], "wanted": row["wanted"], "placed": len(calls),
            "complete": sum(call.complete for call in calls),
            "median_s": round(statistics.median(delays), 3) if delays else None,
            "mean_s": round(statistics.fmean(delays), 3) if delays else None,
            "sd_s": round(statistics.stdev(delays), 3) if len(delays) > 1 else None,
            "most_s": round(delays[-1], 3) if delays else None}


def text(found):
    """A summary for people."""
    width = max(len(row["title"]) for row in found["rows"])
    lines = [f"{'INVITE to 180, in seconds':{width}}  calls  complete  median    mean      sd    most"]
    for row in found["rows"]:
        numbers = "".join(f"{'-' if row[name] is None else format(row[name], '.3f'):>8}" for name in ("median_s", "mean_s", "sd_s", "most_s"))
        lines.append(f"{row['title']:{width}}  {row['wanted']:5}  {row['complete']:8}{numbers}")
    return "\n".join([*lines, *(f"PROBLEM {problem}" for problem in found["problems"])])


def complete(found):
    """Whether each row has its calls, and nothing else was left out."""
    return not found["problems"] and all(row["placed"] >= row["wanted"] for row in found["rows"])


@contextlib.contextmanager
def resumable(found, hint):
    """Says how an interrupted run goes on. hint: prints a sentence."""
    try:
        yield
    except (KeyboardInterrupt, RunError, LabError, OSError):
        hint(f"{sum(row['wanted'] for row in found.run['rows']) - sum(found.missing().values())} calls are kept in {found.directory}")
        raise
