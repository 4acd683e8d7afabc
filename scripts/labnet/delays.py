"""How long packets wait at the relays of a lab."""
import dataclasses
import random

from labnet.errors import LabError

_LONGEST_MS, _MOST_JITTER_MS, _MOST_LOSS_PERCENT = 1000.0, 100.0, 20.0


@dataclasses.dataclass(frozen=True)
class HopDelay:
    """One-way access delays in ms, 0-1000: the same at each relay, or spread evenly from `low_ms` to `high_ms`; and what else a relay's
    access line does to each packet, there and back: it adds an exponentially distributed time to the delay and may lose it (access_lines.h).
    LabError if a value is out of its range."""
    low_ms: float
    high_ms: float
    seed: int = 1              # which relay gets which of them, and what is drawn for a packet; the same seed, the same network
    jitter_ms: float = 0.0     # mean of what is added, 0-100
    loss_percent: float = 0.0  # of the packets, 0-20

    def __post_init__(self):
        if not 0 <= self.seed < 10**18:
            raise LabError(f"{self.seed} is no seed: a whole number from 0 to 10^18 - 1")
        if not 0 <= self.low_ms <= self.high_ms <= _LONGEST_MS:
            raise _no_delay(f"{self.low_ms:g}-{self.high_ms:g}")
        for name, value, most in (("jitter in ms", self.jitter_ms, _MOST_JITTER_MS), ("loss in percent", self.loss_percent, _MOST_LOSS_PERCENT)):
            if not 0 <= value <= most:
                raise LabError(f"{value:g} is no {name}: from 0 to {most:g}")

    @classmethod
    def of(cls, value):
        """From a HopDelay, a number of ms, or text: "20" or "10-80"."""
        if isinstance(value, cls):
            return value
        try:
            low, _, high = str(value).partition("-")
            return cls(float(low), float(high or low))
        except ValueError as error:
            raise _no_delay(value) from error

    @property
    def mean_ms(self):
        return (self.low_ms + self.high_ms) / 2

    @property
    def equal(self):
        return self.low_ms == self.high_ms

    @property
    def steady(self):
        """Whether every packet takes the same time and arrives."""
        return not self.jitter_ms and not self.loss_percent

    @property
    def unsteadiness(self):
        """What a sentence with the delay goes on with: "" or ", jitter 2 ms, loss 0.1 %"."""
        return "" if self.steady else f", jitter {self.jitter_ms:g} ms, loss {self.loss_percent:g} %"

    def at_relays(self, count):
        """A delay for each of `count` relays."""
        if self.equal or count == 1:
            return [self.mean_ms] * count
        step = (self.high_ms - self.low_ms) / (count - 1)
        delays = [round(self.low_ms + index * step, 3) for index in range(count)]
        random.Random(self.seed).shuffle(delays)
        return delays

    def __str__(self):
        return f"{self.low_ms:g}" if self.equal else f"{self.low_ms:g}-{self.high_ms:g}"


def _no_delay(value):
    return LabError(f"{value!r} is no delay: a number of ms from 0 to {_LONGEST_MS:g}, or two of them, the lower one first: 10-80")
