"""Blows to calls that can go by Tor and by I2P: what goes away stays away until the drill is over, so that the other way must do."""
from drills.blows import NodeBlow


class _Away(NodeBlow):
    def supervise(self, bed):
        pass

    def mend(self, bed):
        self.lab(bed).restart(self.node)


class CallersTorAway(_Away):
    name, what, limit_s = "callers-tor-away", "the caller's tor is killed and stays away", 5.0
    node, title = "alice", "tor of alice"

    def lab(self, bed):
        return bed.labs["tor"]


class CalleesTorAway(CallersTorAway):
    name, what, limit_s = "callees-tor-away", "the callee's tor is killed and stays away", 10.0
    node, title = "bob", "tor of bob"


class CallersRouterAway(_Away):
    name, what, limit_s = "callers-i2pd-away", "the caller's i2pd is killed and stays away", 5.0
    node, title = "alice", "i2pd of alice"

    def lab(self, bed):
        return bed.labs["i2p"]


ALL = (CallersTorAway, CalleesTorAway, CallersRouterAway)
