"""How long packets wait at the relays of a lab."""
import dataclasses
import random

from labnet.errors import LabError

_LONGEST_MS = 1000.0


@dataclasses.dataclass(frozen=True)
class HopDelay:
    """One-way access delays in ms, 0-1000: the same at each relay, or spread evenly from `low_ms` to `high_ms`."""
    low_ms: float
    high_ms: float
    seed: int = 1  # which relay gets which of them; the same seed, the same network

    @classmethod
    def of(cls, value):
        """From a HopDelay, a number of ms, or text: "20" or "10-80"."""
        if isinstance(value, cls):
            return value
        try:
            low, _, high = str(value).partition("-")
            delay = cls(float(low), float(high or low))
        except ValueError:
            delay = None
        if delay is None or not 0 <= delay.low_ms <= delay.high_ms <= _LONGEST_MS:
            raise LabError(f"{value!r} is no delay: a number of ms from 0 to {_LONGEST_MS:g}, or two of them, the lower one first: 10-80")
        return delay

    @property
    def mean_ms(self):
        return (self.low_ms + self.high_ms) / 2

    @property
    def equal(self):
        return self.low_ms == self.high_ms

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
