"""What is done to calls in progress, each blow under its name.

A blow chooses its victim by the calls in progress, strikes, lets come back what a supervisor would start again, and mends the rest
afterwards.
"""
SUPERVISOR_S = 1.0  # what was killed is started again after this time


class Blow:
    """limit_s: from the blow to the next call that rings. path: by which the calls go, None: the bed's first."""
    name, what = "", ""
    path, limit_s = None, 5.0
    calls = 2         # established beforehand
    keeps_calls = True  # what is asked of calls in progress: that every request arrives

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
        paths_of = {talk: bed.carrier(talk) for talk in talks}
        self._victim = most_carrying(self.candidates(paths_of.values()), paths_of.values(), bed.spared())
        return self._victim, [talk for talk in talks if self._victim in paths_of[talk]]

    def candidates(self, carried):
        """Relays that may be struck, by the paths of the calls."""
        raise NotImplementedError

    def strike(self, bed):
        bed.lab.kill(self._victim)

    def mend(self, bed):
        bed.lab.restart(self._victim)


class NodeBlow(Blow):
    """A node of a lab, killed and started again. `node`: its name, also of a user's tor or router."""
    node, title = "", ""

    def lab(self, bed):
        return bed.lab

    def choose(self, bed, talks):
        return self.title, talks

    def strike(self, bed):
        self.lab(bed).kill(self.node)

    def supervise(self, bed):
        self.lab(bed).spawn(self.lab(bed).node(self.node))


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


class Several(Blow):
    """The same victims at once."""
    parts = ()

    def choose(self, bed, talks):
        return ", ".join(part().choose(bed, talks)[0] for part in self.parts), talks

    def strike(self, bed):
        for part in self.parts:
            part().strike(bed)

    def supervise(self, bed):
        for part in self.parts:
            part().supervise(bed)


def most_carrying(candidates, carried, introductions):
    """Of `candidates` the relay on most of the paths `carried`, if possible one that is on none of the callee's circuits to his
    introduction points: in a network of the real size a relay of the caller's is hardly ever. Authorities carry the whole network and are
    left alone. None if nothing is left."""
    relays = sorted(relay for relay in candidates if not relay.startswith("auth"))

    def rank(relay):
        introducing = sum(relay in path for path in introductions)
        return introducing == 0, sum(relay in path for path in carried), -introducing
    return max(relays, key=rank, default=None)
