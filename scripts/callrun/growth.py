"""Samples of what may grow while calls go through, and the judgement whether it does."""
import dataclasses
import os
import re
import statistics

# A series grows if the median of its last fifth is above that of an early one by more than this share and this much. Memory is compared
# with the second fifth, since the first one fills caches; counts with the first one, since tor ends circuits by itself after ten
# minutes, so that circuits which nobody closes grow no further then.
_SHARE = 0.05
_MARGINS = {"rss_mib": 1.0, "descriptors": 6, "circuits": 10}
UNITS = {"rss_mib": "MiB", "descriptors": "open files", "circuits": "circuits of tor"}
_EARLY_FIFTH = {"rss_mib": 1, "descriptors": 0, "circuits": 0}
_LEAST_SAMPLES = 10


@dataclasses.dataclass
class Sample:
    calls: int    # that had ended
    values: dict  # {(whose, what): value}; what: a key of UNITS


class Sampler:
    """Takes a sample each `every` calls. Called by placing.run."""

    def __init__(self, lab, every):
        self._lab, self._every = lab, every
        self._due = 0
        self.samples = []

    def __call__(self, ended, alice, bob):
        if ended < self._due:
            return
        self._due = (ended // self._every + 1) * self._every
        values = {}
        for user, bridge in (("alice", alice), ("bob", bob)):
            values[user, "rss_mib"] = resident_mib(bridge.child.pid)
            values[user, "descriptors"] = len(os.listdir(f"/proc/{bridge.child.pid}/fd"))
            with self._lab.control(user) as control:
                values[user, "circuits"] = sum(1 for line in control.get_info("circuit-status").splitlines() if line.strip())
        self.samples.append(Sample(ended, values))


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return int(re.search(r"VmRSS:\s*(\d+) kB", file.read())[1]) / 1024


@dataclasses.dataclass(frozen=True)
class Trend:
    whose: str
    what: str
    early: float
    late: float
    grows: bool


def trends(samples):
    """One for each series; [] from so few samples that nothing can be said."""
    if len(samples) < _LEAST_SAMPLES:
        return []
    fifth = len(samples) // 5
    found = []
    for whose, what in samples[0].values:
        series = [sample.values[whose, what] for sample in samples]
        begin = _EARLY_FIFTH[what] * fifth
        early, late = statistics.median(series[begin:begin + fifth]), statistics.median(series[-fifth:])
        found.append(Trend(whose, what, early, late, late - early > max(_SHARE * early, _MARGINS[what])))
    return found


def rule():
    margins = ", ".join(f"{margin:g} {UNITS[what]}" for what, margin in _MARGINS.items())
    return (f"no growth: the median of the last fifth of the samples is at most {_SHARE:.0%} above that of the first fifth (memory: of the "
            f"second), or at most {margins}")
