"""ANOSIP's register test (section 6): 10 REGISTERs a second for 30 s from one phone, through the tunnel to its registrar.

The paper's registrar asks for no credentials; Kamailio challenges each registration. What compares is the REGISTER with credentials
and its 200; what the phone waits for, challenge included, is told beside it.
"""
import dataclasses
import threading
import time

from callrun import figures
from callrun.errors import RunError
from callrun.settings import Standby
from callrun.sipp_log import Reader
from delaytables import beds, ways
from trapezoid import identities, phone
from trapezoid.bed import INNER_OF_PHONE, Options, Trapezoid

RATE, SECONDS = 10, 30  # of the paper
COUNT = RATE * SECONDS
DIRECT = "direct"                 # a way of this test alone: plain TCP between the machines, as the LAN of the paper
WITH_CHALLENGE = " with challenge"  # after the name of a way: first REGISTER -> 200, both round trips
_EXPIRES = 1800                   # of the paper's scenario
_PATIENCE_S = 60.0                # for the last answers: SIPp gives one up after 40 s
_POLL_S = 0.2
_TRIES = 3
_CHALLENGES = (401, 407)


@dataclasses.dataclass
class Registration:
    """As the phone saw it; times in seconds of the epoch, None for what was not reached."""
    asked: float = None       # the REGISTER without credentials
    authorized: float = None  # the first with them
    ended: float = None       # its final answer
    answer: int = None

    @property
    def registered(self):
        return self.answer is not None and 200 <= self.answer < 300

    @property
    def seconds(self):
        """REGISTER with credentials -> 200; None unless it succeeded."""
        return self.ended - self.authorized if self.registered and self.authorized is not None else None

    @property
    def whole_s(self):
        """First REGISTER -> 200."""
        return self.ended - self.asked if self.registered else None

    def add(self, message):
        """A message of its Call-ID. Both sides repeat them over UDP: what counts is the first of a kind."""
        if message.sent:
            if self.asked is None:
                self.asked = message.time
            elif self.answer in _CHALLENGES and self.authorized is None:
                self.authorized, self.ended, self.answer = message.time, None, None
        elif message.status >= 200 and (self.answer is None or self.answer in _CHALLENGES):
            self.ended, self.answer = message.time, message.status


def read(log):
    """The Registrations in SIPp's message log (bytes), in the order of their sending."""
    found = {}
    for message in Reader().feed(log):
        if message.method == "REGISTER" and (message.call_id in found or message.sent):
            found.setdefault(message.call_id, Registration()).add(message)
    return list(found.values())


def rows(way, registrations, count=COUNT):
    """What register.csv has of `count` registrations, those that were never sent among them: (way, number, sent_s, answer, seconds),
    then the same with the challenge. seconds: empty unless it succeeded; answer: empty if there was none."""
    every = [*registrations, *[Registration()] * (count - len(registrations))]
    first = next((one.asked for one in every if one.asked is not None), 0.0)
    return [(name, number, _text((number - 1) / RATE if one.asked is None else one.asked - first),
             "" if one.answer is None else str(one.answer), _text(seconds(one)))
            for name, seconds in ((way, lambda one: one.seconds), (way + WITH_CHALLENGE, lambda one: one.whole_s))
            for number, one in enumerate(every, 1)]


def _text(seconds):
    return "" if seconds is None else f"{seconds:.6f}"


def summary(registrations, count=COUNT):
    """A sentence."""
    good = [one for one in registrations if one.registered]
    if not good:
        return f"0 of {count} registrations succeeded"
    answer, whole = (figures.summary(values) for values in ([one.seconds for one in good], [one.whole_s for one in good]))
    return (f"{len(good)} of {count} registrations succeeded; REGISTER with credentials -> 200: median {_ms(answer['median'])}, p95 "
            f"{_ms(answer['p95'])}, maximum {_ms(answer['max'])}; with the challenge: median {_ms(whole['median'])}")


def _ms(seconds):
    return f"{seconds * 1000:.1f} ms"


class RegisterTest:
    """For a way of ways.WAYS, or DIRECT. As beds.make; nothing runs at the end of the context. stop() may come from another thread and ends a
    run(), which then raises RunError."""

    def __init__(self, ground, lane, way, folder, scheme="sip"):
        self._way, self._stopped = way, threading.Event()
        how = None if way == DIRECT else beds.overlay(ways.WAYS[way], ways.PAPER, ground, lane)
        self._lab, self._users = (how.network.lab, beds.users(lane)) if how else (None, ())
        # Links kept ahead are for calls; here one link carries all.
        options = Options(identities.named(scheme), DIRECT if how is None else ways.WAYS[way].network, "namespaces",
                          standby=Standby(0), lan_delay_ms=ground.profile.lan_delay_ms)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._bed = _Bed(ground.binary, folder, options, how and how.network, overlay=how)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, report=lambda sentence: None, count=COUNT):
        """The rows of register.csv. RunError if the circuit cannot be opened, or SIPp does not run."""
        beds.revive(self._lab, self._users, report)
        self._bed.start(report)
        report(f"{self._way}: the first registration, which opens the circuit, took {self._first(report):.3f} s")
        registrations = self._often(count)
        report(f"{self._way}: {summary(registrations, count)}")
        return rows(self._way, registrations, count)

    def stop(self):
        self._stopped.set()
        self._bed.stop()

    # --- details ---

    def _first(self, report):
        """Seconds. Through a network that has just come up, the first try may fail."""
        for left in reversed(range(_TRIES)):
            try:
                (one,) = read(self._bed.bob.register(_EXPIRES).messages.read_bytes())
                return one.whole_s
            except RunError as error:
                if not left or self._stopped.is_set():
                    raise
                report(f"{self._way}: bob registers once more ({str(error).splitlines()[0]})")

    def _often(self, count):
        sipp = self._bed.bob.register_often(count, RATE)
        deadline = time.monotonic() + count / RATE + _PATIENCE_S
        while sipp.running and not self._stopped.wait(_POLL_S) and time.monotonic() < deadline:
            pass
        sipp.kill()
        if self._stopped.is_set():
            raise RunError(f"the register test of {self._way} was stopped")
        registrations = read(sipp.messages.read_bytes())
        if not registrations:
            raise RunError(f"SIPp sent no REGISTER: {sipp.complaints()}")
        return registrations


class _Phone(phone.Phone):
    def register_often(self, count, rate):
        """A running SIPp that registers so many times, so often a second, whatever becomes of those before."""
        options = ["-m", count, "-r", rate, "-rp", 1000, "-l", count, *self._login(self.user.domain), self._proxy]
        return self._run("register", phone.CALLEE_PORT, options, {"expires": _EXPIRES}).begin()


class _Bed(Trapezoid):
    """bob's phone has one circuit to its home for all that it says, as ANOSIP's user has one to his Lighthouse."""

    def _phone(self, side, user):
        node = f"phone-{side}"
        return _Phone(self._place, node, user, f"{self.host(node)}:{INNER_OF_PHONE}", self.folder / f"sipp-{side}")

    def _phone_settings(self, side, other, addresses):
        made = super()._phone_settings(side, other, addresses)
        for peer in made.peers:
            peer.circuit = "shared"
        return made
