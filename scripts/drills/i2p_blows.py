"""Blows to calls through I2P. The limits go by what i2pd itself needs to find that something is gone (no error tells it): measured
without sipveil, fresh connections are stable 25 to 45 s after a router of their tunnels was killed, a callee is reached 21 s after
the caller's router was, and 9 to 20 s after his own. Calls in progress wait for the same; what became of them is told."""
import signal

from drills.blows import Blow, CalleesBridge, CallersBridge, NodeBlow, RelayBlow, Several
from labnet import processes
from labnet.i2p_start import gate_name, start_gate


class Transit(RelayBlow):
    name, what, limit_s = "transit", "a router of the call's tunnels is killed", 45.0
    keeps_calls = False

    def candidates(self, carried):
        return {router for routers in carried for router in routers}


class CallersRouter(NodeBlow):
    name, what, limit_s = "callers-i2pd", "the caller's i2pd is killed and started again", 45.0
    node, title, keeps_calls = "alice", "i2pd of alice", False


class CalleesRouter(NodeBlow):
    name, what, limit_s = "callees-i2pd", "the callee's i2pd is killed and started again, the destination with its key", 30.0
    node, title, keeps_calls = "bob", "i2pd of bob", False


class SamGone(Blow):
    name, what, limit_s = "sam", "the SAM port of the caller's router goes away and comes back", 30.0
    keeps_calls = False
    _user = "alice"

    def choose(self, bed, talks):
        return f"the way to SAM of {self._user}'s router", talks

    def strike(self, bed):
        processes.send_signal(bed.lab.folder, gate_name(self._user), signal.SIGKILL)
        processes.stop(bed.lab.folder, {gate_name(self._user)})

    def supervise(self, bed):
        start_gate(bed.lab, bed.lab.node(self._user))


class CalleesI2pBridge(CalleesBridge):
    limit_s, keeps_calls = 45.0, False  # its destination is made anew, with new tunnels


class CallersI2pBridge(CallersBridge):
    limit_s, keeps_calls = 30.0, False  # its sessions are made anew


class Everything(Several):
    name, what, limit_s = "everything", "both sipveils and both i2pds are killed and started again", 60.0
    parts, keeps_calls = (CallersI2pBridge, CalleesI2pBridge, CallersRouter, CalleesRouter), False


ALL = (Transit, CallersRouter, CalleesRouter, SamGone, CalleesI2pBridge, CallersI2pBridge, Everything)
