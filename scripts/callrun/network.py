"""What calls go through: a private network, and how the bridges of alice and bob use it. A class for each kind of network; whoever
places calls knows no more of them than this."""
import dataclasses
import sys

from callrun.bridge import Bridge
from callrun.settings import Settings

DOMAIN = "bob.example"


@dataclasses.dataclass(frozen=True)
class RawTimes:
    """Round trips of 600 bytes on open streams without sipveil, in seconds."""
    every: list
    first: list  # of each stream

    def __add__(self, other):
        return RawTimes(self.every + other.every, self.first + other.first)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What a witness outside of sipveil tells of what carried calls. distinct: calls with a carrier that carried nothing else."""
    calls: list  # of calls.Call
    distinct: int
    text: str    # a sentence
    json: dict


class Network:
    """`lab`: of lab_class; it need not be up before up(). `path`: one of `paths`, the kind of way that calls take."""

    name = ""       # as --network says
    scheme = ""     # how names are sealed unless something else is asked for, as trapezoid.identities calls it
    carrier = ""    # what carries a call: "circuit", "session"
    standby, pause_s = None, 3.0  # of a run of calls: links kept ahead (None: the bridge's own default), seconds between two calls
    standby_patience_s = 90.0     # for a pool of standby links to be full
    reachable_patience_s = 90.0   # for others to reach a bridge
    lab_class = None
    paths = {}      # kind of path: what it leads to, for people; the default first
    program = ("", ())  # what the network consists of: name, and the command that tells its version

    def __init__(self, lab, path=None):
        self.lab = lab
        self.path = path or next(iter(self.paths))

    @classmethod
    def at(cls, folder, progress, *arguments):
        """With a lab in `folder` that tells its progress; further arguments as for the class itself."""
        return cls(cls.lab_class(folder, lambda line: progress.say(f"{cls.name} network: {line}")), *arguments)

    @property
    def one_each(self):
        """Whether each call is to have a carrier of its own."""
        return True

    def settings(self):
        """What else a reader of figures must know."""
        return {}

    def up(self, stack, hop_delay=0.0, keep=False, users=("alice", "bob"), wire=None, size=None):
        """Starts the lab, which ends with `stack` unless it is kept. Returns its status."""
        stack.callback(self._tell_kept if keep else self.lab.down)
        return self.lab.up(list(users), hop_delay, wire, size or self._size(hop_delay))

    def _tell_kept(self):
        print(f"\nKept: the private network, while it is up, until\n  scripts/lab down --network {self.name} --dir {self.lab.folder}",
              file=sys.stderr)

    def _size(self, hop_delay):
        """None: the smallest."""

    # --- what a bridge is told ---

    def outward(self, user):
        """Fields of Settings for the bridge of a user of the lab, so that it can call."""
        raise NotImplementedError

    def inward(self, user, socket):
        """The same so that it can be called. `socket`: a path that it may listen on."""
        raise NotImplementedError

    def made_name(self, user, state):
        """By what name others will reach the bridge of a user of the lab that has never run, made before its first start; "" if this can
        not be had without starting it. `state`: the bridge's state directory, which gets the key."""
        return ""

    # --- alice and bob ---

    def start_bob(self, stack, binary, folder, ports, **settings):
        """bob's bridge, which ends with `stack`. ports: (of its phone side, of the phone)."""
        told = {**self.outward("bob"), **self.inward("bob", folder.parent / f"{folder.name}.sock"), **settings}
        bridge = Bridge(binary, folder, Settings(listen=f"127.0.0.1:{ports[0]}", deliver_to=f"127.0.0.1:{ports[1]}", **told),
                        self.where_bob_is)
        stack.callback(bridge.stop)
        return bridge

    def start_alice(self, stack, binary, folder, port, peers, **settings):
        """alice's bridge, which ends with `stack`."""
        bridge = Bridge(binary, folder, Settings(listen=f"127.0.0.1:{port}", peers=peers, **self.outward("alice"), **settings))
        stack.callback(bridge.stop)
        return bridge

    def where_bob_is(self, command):
        """What runs a command line there."""
        return command

    def peer(self, stack, bob, folder, progress, domains=(DOMAIN,), name="bob"):
        """How alice reaches bob's Bridge, once it can be reached: a Peer."""
        raise NotImplementedError

    def wait_reachable(self, bob, report=lambda sentence: None, timeout=None):
        """Until others reach bob's Bridge; returns by what name."""
        return self.address(bob.wait(self.address, f"reachable by {self.name}", timeout or self.reachable_patience_s, report, self.state))

    def wait_ready(self, alice, report=lambda sentence: None, timeout=90.0):
        """Until alice's Bridge can call; `report` gets what the bridge says of the network meanwhile."""
        alice.wait(self.is_ready, f"{self.name} ready", timeout, report, self.state)

    def name_of(self, status):
        """By what name others reach a bridge with this status, as a [[peer]] has it, perhaps not yet; "" while it has none."""
        raise NotImplementedError

    def is_reachable(self, status):
        raise NotImplementedError

    def address(self, status):
        """Its name once others can reach it by that, else ""."""
        return self.name_of(status) if self.is_reachable(status) else ""

    def is_ready(self, status):
        """Whether calls can go out."""
        raise NotImplementedError

    def state(self, status):
        """A sentence about the network from a status."""
        raise NotImplementedError

    # --- what is measured ---

    def raw_size(self, hop_delay):
        """How much of that is enough: (streams, echoes on each), before the calls and once more after them."""
        raise NotImplementedError

    def raw_path(self):
        """A raw_path.RawPath of the kind that calls take."""
        raise NotImplementedError

    def compared(self, folder, count, progress):
        """The same calls without sipveil, by what the network itself offers: something with text(raw median) and json(), None if it
        offers nothing."""

    def witness(self, folder):
        """A context that notes from outside of sipveil what carries calls; to be entered before bob's bridge is started. Its
        evidence(traces, alice's status, bob's, peer, sequential) tells. `folder` gets what it needs."""
        raise NotImplementedError
