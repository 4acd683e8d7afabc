"""What the drills play on: two bridges in a private network, a phone at each, and calls between them."""
import contextlib
import itertools
import time

from callrun import ports
from callrun.calls import digest
from callrun.errors import RunError
from drills.errors import DrillError
from drills.phone import GIVES_UP, Phone
from sip.message import parameter

_SETTLED_S = 5.0  # a call that rings so soon finds the network in order
_POOLS_S = 45.0  # for standby links to be back
_SLOW_S = 10.0   # what takes longer before all is in order is told
_POLL_S = 0.01


class Talk:
    """A call from alice to bob, by what the phones know of it. Its user part is that of no other call, so that bob's phone can
    tell whether one call comes to it twice."""

    def __init__(self, bed, path):
        self._bed, self.path = bed, path
        self.user = bed.fresh_user()
        self.asked = bed.alice_phone.call(f"sip:{self.user}@{bed.domains[path]}")

    @property
    def received(self):
        """bob's INVITEs of this call, each of another transaction."""
        return [arrival for arrival in self._bed.bob_phone.arrivals("INVITE") if _user(arrival.request) == self.user
                and parameter(arrival.request.get("To"), "tag") is None]

    @property
    def up(self):
        return self.asked.dialog is not None and any(
            self._bed.bob_phone.confirmed(arrival.request) for arrival in self.received)

    def end(self, name):
        """(phone, dialog, the other phone, the other's Call-ID) of "caller" or "callee"."""
        bed, callee_call_id = self._bed, self.received[0].request.call_id
        if name == "caller":
            return bed.alice_phone, self.asked.dialog, bed.bob_phone, callee_call_id
        return bed.bob_phone, bed.bob_phone.dialog_of(callee_call_id), bed.alice_phone, self.asked.request.call_id

    def hang_up(self):
        """By the caller; without waiting for the answer."""
        if self.asked.dialog is not None:
            self._bed.alice_phone.ask(self.asked.dialog, "BYE")

    def record(self):
        """What alice's bridge tells of it; {} if nothing."""
        name = digest(self.asked.request.call_id)
        return next((call for call in self._bed.status_calls() if call["call"] == name), {})


class Bed:
    """Everything ends with `stack`. A class for each kind of network; `networks`: callrun.network.Network of each of `sizes`, their labs
    up."""

    domains = {}  # kind of path: the domain that is called by it; the first is the usual one
    blows = ()    # classes
    sizes = {}    # of the labs, by the name of each network
    pools_s = _POOLS_S

    def __init__(self, stack, progress):
        self._progress = progress
        self._numbers = itertools.count(1)
        self.bob_phone, self.alice_phone = (stack.enter_context(contextlib.closing(Phone(user))) for user in ("bob", "alice"))
        bob_side, alice_side = ports.free(2)
        self.bob_ports, self.alice_port = (bob_side, self.bob_phone.port), alice_side
        self.alice_phone.bridge, self.bob_phone.bridge = ("127.0.0.1", alice_side), ("127.0.0.1", bob_side)
        self.alice = self.bob = None  # callrun.bridge.Bridge

    # --- what a kind of network adds; it starts both bridges ---

    def missing(self):
        """Names of what should run in the private networks and does not."""
        raise NotImplementedError

    def wait_networks(self, timeout):
        """Until both bridges say that they can be reached and call out."""
        raise NotImplementedError

    def carrier(self, talk):
        """Names of the relays or routers that carry a talk at the moment."""
        raise NotImplementedError

    def forget(self):
        """Lets the networks forget the drill before, as time would."""

    def spared(self):
        """Paths of what carries no calls but is needed for new ones."""
        return []

    # --- the same for all ---

    @property
    def has_standby(self):
        return (self.alice.status() or {}).get("standby") is not None

    @classmethod
    def chosen(cls, names=None):
        """Blows by their names, None: all. DrillError if there is no such."""
        known = {blow.name: blow for blow in cls.blows}
        unknown = [name for name in names or () if name not in known]
        if unknown:
            raise DrillError(f"no drill {unknown[0]!r}; there are: {', '.join(known)}")
        return [known[name]() for name in names or known]

    def path_of(self, blow):
        return blow.path or next(iter(self.domains))

    def fresh_user(self):
        return f"bob-{next(self._numbers)}"

    def status_calls(self):
        return (self.alice.status() or {}).get("calls", [])

    def establish(self, path, timeout=GIVES_UP):
        talk = Talk(self, path)
        self.wait(lambda: talk.up or talk.asked.over and talk.asked.dialog is None, timeout + 5)
        if not talk.up:
            raise DrillError(f"no call could be established before the drill ({path}): {outcome(talk.asked)}")
        return talk

    def revive(self):
        """Starts what has ended by itself, in a network whose programs do so now and then."""

    def settle(self, timeout=150.0):
        """Until everything runs, every pool is full or has had time for that, and a call on each path rings soon. Returns the seconds it
        took, and a sentence about pools that are not full, "" if all are."""
        begin = time.monotonic()
        deadline = begin + timeout
        self.revive()
        while self.missing():
            _require(deadline, f"{', '.join(self.missing())} of the private network did not come back")
            time.sleep(_POLL_S)
        self.wait_networks(timeout)
        self._tell_slow(begin, "networks, and a callee that is reachable by them")
        remark = self._wait_pools()
        calls = time.monotonic()
        for path in self.domains:
            while not self._rings_soon(path):
                _require(deadline, f"calls on the path {path} did not come back to normal")
        self._tell_slow(calls, "calls that ring soon")
        return time.monotonic() - begin, remark

    def _wait_pools(self):
        begin = time.monotonic()
        try:
            self.alice.wait_standby(self.pools_s)
        except RunError:
            self.alice.child.require_running()
            pools = (self.alice.status() or {}).get("standby") or []
            return "standby links not back: " + ", ".join(
                f"{pool['peer']} {pool['ready']} of {pool['wanted']} ready, {pool['building']} being opened" for pool in pools)
        self._tell_slow(begin, "standby links")
        return ""

    def _tell_slow(self, since, what):
        seconds = time.monotonic() - since
        if seconds > _SLOW_S:
            self._progress.say(f"{seconds:.1f} s until there were {what}")

    def _rings_soon(self, path):
        talk = Talk(self, path)
        self.wait(lambda: talk.up or talk.asked.over, GIVES_UP + 5)
        talk.hang_up()
        return talk.asked.ringing is not None and talk.asked.ringing - talk.asked.sent <= _SETTLED_S

    @staticmethod
    def wait(condition, timeout):
        """Whether it came true."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True


def outcome(asked):
    """For people."""
    if asked.status is None:
        return "no answer"
    return f"answered with {asked.status}"


def _user(request):
    return request.uri.removeprefix("sip:").partition("@")[0]


def _require(deadline, complaint):
    if time.monotonic() > deadline:
        raise DrillError(complaint)

