"""A run from its first network to its report."""
import contextlib
import shutil
import statistics

from callrun.errors import RunError
from delaytables import beds, lanes, once, plan, store
from delaytables.attempts import Attempts
from delaytables.labs import Labs
from delaytables.telling import Teller
from delaytables.timeleft import TimeLeft
from labnet.errors import LabError


class Run:
    """`found`: a store.Store; `batches`: all of the run, also those that are complete; `registers`: {way: network, or "direct"} that get
    the register test; `audit`: whether the audit is wanted. `folder`: for all that goes at the end."""

    def __init__(self, found, batches, registers, audit, binary, profile, folder, progress, keep=False):
        self._store, self._folder, self._keep = found, folder, keep
        missing = found.missing()
        self._batches = [rest for rest in (batch.without_complete(missing) for batch in batches) if rest]
        registers = {way: network for way, network in registers.items() if not found.is_done(plan.register(way))}
        audit = audit and not found.is_done(plan.AUDIT)
        self._networks = list(dict.fromkeys([*(batch.network for batch in self._batches),
                                             *(network for network in registers.values() if network in plan.LAB_S)]))
        self.nothing_left = not (self._batches or registers or audit)
        self._time_left = TimeLeft(self._batches, missing, *plan.other_s(self._networks, registers, audit))
        wanted = sum(row["wanted"] for row in found.run["rows"])
        self._teller = Teller(progress, self._time_left, wanted - sum(missing.values()), wanted)
        lanes_of = {network: max([batch.lanes for batch in self._batches if batch.network == network], default=1)
                    for network in self._networks}
        self._labs = Labs(folder, profile.hop_delay, lanes_of, self._teller.say)
        self._ground = beds.Ground(binary, self._labs.up, profile, folder)
        self._attempts = Attempts(found, self._teller, self._time_left)
        self._once = once.Once(registers, audit, self._ground, found, self._attempts, self._teller)

    def run(self):
        """All that is not done yet. What cannot be done becomes a problem of the run, and the rest goes on."""
        try:
            with self._once:
                self._all()
            self._store.finish()
        finally:
            self._labs.close()
            self._store.save()

    def _all(self):
        """Nothing goes on beside a batch. The register test of a network that others follow is alone, too; beside that of the last one goes
        what needs no network: the direct one, and the audit, which measures no time."""
        left = list(self._batches)
        for network in self._networks:
            up = self._up(network)
            while left and left[0].network == network:
                batch = left.pop(0)
                if up:
                    self._measure(batch)
            if not left:
                self._once.begin()
            if up:
                self._once.over(network)
        self._once.begin()
        self._labs.close()
        self._once.finish()

    def _up(self, network):
        """Whether that could be done."""
        what = plan.lab(network)
        return self._attempts.guarded(what, lambda: self._attempts.once_more(lambda _: self._labs.need(network), what))

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
