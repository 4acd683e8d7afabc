"""What is done to calls in progress, each blow under its name.

A blow chooses its victim by the calls in progress, strikes, lets come back what a supervisor would start again, and mends the rest
afterwards.
"""
from callrun import paths

SUPERVISOR_S = 1.0  # what was killed is started again after this time


class Blow:
    """limit_s: from the blow to the next call that rings."""
    name, what = "", ""
    path, limit_s = paths.ONION, 5.0
    calls = 2  # established beforehand

    def choose(self, bed, talks):
        """Chooses the victim; returns (its name for people, the talks that it carries)."""
        raise NotImplementedError

    def strike(self, bed):
        raise NotImplementedError

    def supervise(self, bed):
        """SUPERVISOR_S after the blow; must not wait."""

    def mend(self, bed):
        """When all has been seen."""


class RelayBlow(Blow):
    calls = 4  # of which two shall share a relay

    def __init__(self):
        self._victim = None

    def choose(self, bed, talks):
        paths_of = {talk: talk.carrier().path for talk in talks}
        self._victim = most_carrying(self.candidates(paths_of.values()), paths_of.values(), bed.introductions())
        return self._victim, [talk for talk in talks if self._victim in paths_of[talk]]

    def candidates(self, carried):
        """Relays that may be struck, by the paths of the calls."""
        raise NotImplementedError

    def strike(self, bed):
        bed.lab.kill(self._victim)

    def mend(self, bed):
        bed.lab.restart(self._victim)


class Guard(RelayBlow):
    name, what = "guard", "the caller's guard is killed"

    def candidates(self, carried):
        return {path[0] for path in carried}


class Middle(RelayBlow):
    name, what = "middle", "a relay of the call that is no guard of the caller's is killed"

    def candidates(self, carried):
        return {relay for path in carried for relay in path[1:]} - {path[0] for path in carried}


class Exit(RelayBlow):
    name, what, path = "exit", "the exit of the call is killed", paths.EXIT

    def candidates(self, carried):
        return {path[-1] for path in carried}


class Freeze(Middle):
    name, what = "freeze", "a relay of the call that is no guard of the caller's falls silent, its connections open"

    def strike(self, bed):
        bed.lab.freeze(self._victim)

    def mend(self, bed):
        bed.lab.thaw(self._victim)


class TorBlow(Blow):
    limit_s = 10.0
    _user = ""

    def choose(self, bed, talks):
        return f"tor of {self._user}", talks

    def strike(self, bed):
        bed.lab.kill(self._user)

    def supervise(self, bed):
        bed.lab.spawn(bed.lab.node(self._user))


class CallersTor(TorBlow):
    name, what, _user = "callers-tor", "the caller's tor is killed and started again", "alice"


class CalleesTor(TorBlow):
    name, what, _user = "callees-tor", "the callee's tor is killed and started again", "bob"


class BridgeBlow(Blow):
    _user = ""

    def choose(self, bed, talks):
        return f"sipveil of {self._user}", talks

    def strike(self, bed):
        getattr(bed, self._user).kill()

    def supervise(self, bed):
        getattr(bed, self._user).start()


class CalleesBridge(BridgeBlow):
    name, what, _user = "callees-sipveil", "the callee's sipveil is killed and started again", "bob"


class CallersBridge(BridgeBlow):
    name, what, _user = "callers-sipveil", "the caller's sipveil is killed and started again", "alice"


class Everything(Blow):
    name, what, limit_s = "everything", "both sipveils and both tors are killed and started again", 10.0
    _parts = (CallersBridge, CalleesBridge, CallersTor, CalleesTor)

    def choose(self, bed, talks):
        return "both sipveils, both tors", talks

    def strike(self, bed):
        for part in self._parts:
            part().strike(bed)

    def supervise(self, bed):
        for part in self._parts:
            part().supervise(bed)


ALL = {blow.name: blow for blow in (Guard, Middle, Exit, Freeze, CallersTor, CalleesTor, CalleesBridge, CallersBridge, Everything)}


def most_carrying(candidates, carried, introductions):
    """Of `candidates` the relay on most of the paths `carried`, if possible one that is on none of the callee's circuits to his
    introduction points: in a network of the real size a relay of the caller's is hardly ever. Authorities carry the whole network and are
    left alone. None if nothing is left."""
    relays = sorted(relay for relay in candidates if not relay.startswith("auth"))

    def rank(relay):
        introducing = sum(relay in path for path in introductions)
        return introducing == 0, sum(relay in path for path in carried), -introducing
    return max(relays, key=rank, default=None)
