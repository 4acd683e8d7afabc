"""Blows to calls through tor."""
from callrun.paths import EXIT
from drills.blows import CalleesBridge, CallersBridge, NodeBlow, RelayBlow, Several


class Guard(RelayBlow):
    name, what = "guard", "the caller's guard is killed"

    def candidates(self, carried):
        return {path[0] for path in carried}


class Middle(RelayBlow):
    name, what = "middle", "a relay of the call that is no guard of the caller's is killed"

    def candidates(self, carried):
        return {relay for path in carried for relay in path[1:]} - {path[0] for path in carried}


class Exit(RelayBlow):
    name, what, path = "exit", "the exit of the call is killed", EXIT

    def candidates(self, carried):
        return {path[-1] for path in carried}


class Freeze(Middle):
    name, what = "freeze", "a relay of the call that is no guard of the caller's falls silent, its connections open"

    def strike(self, bed):
        bed.lab.freeze(self._victim)

    def mend(self, bed):
        bed.lab.thaw(self._victim)


class CallersTor(NodeBlow):
    name, what, limit_s = "callers-tor", "the caller's tor is killed and started again", 10.0
    node, title = "alice", "tor of alice"


class CalleesTor(NodeBlow):
    name, what, limit_s = "callees-tor", "the callee's tor is killed and started again", 10.0
    node, title = "bob", "tor of bob"


class Everything(Several):
    name, what, limit_s = "everything", "both sipveils and both tors are killed and started again", 10.0
    parts = (CallersBridge, CalleesBridge, CallersTor, CalleesTor)


ALL = (Guard, Middle, Exit, Freeze, CallersTor, CalleesTor, CalleesBridge, CallersBridge, Everything)
