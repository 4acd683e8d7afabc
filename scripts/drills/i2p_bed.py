"""The bed in a private I2P network: bob is called by his destination."""
import pathlib

from callrun import sam_record
from callrun.calls import digest
from callrun.paths import DESTINATION
from drills import i2p_blows
from drills.bed import Bed
from drills.errors import DrillError
from labnet.i2p_console import Console


class I2pBed(Bed):
    domains = {DESTINATION: "bob.example"}
    blows = i2p_blows.ALL
    sizes = {"i2p": None}
    pools_s = 90.0

    def __init__(self, stack, binary, networks, folder, standby, progress):
        super().__init__(stack, progress)
        (network,) = networks
        self._network, self.lab = network, network.lab
        self._record = pathlib.Path(folder) / "sam-of-bob"
        self._record.mkdir(mode=0o700)
        stack.enter_context(network.tap("bob", self._record))
        self.bob = network.start_bob(stack, binary, folder / "bob", self.bob_ports)
        peer = network.peer(stack, self.bob, folder / "bob", progress, [self.domains[DESTINATION]])
        self.alice = network.start_alice(stack, binary, folder / "alice", self.alice_port, [peer], standby=standby)
        network.wait_ready(self.alice)
        self.alice.wait_standby(network.standby_patience_s)

    def missing(self):
        return self.lab.missing()

    def revive(self):
        for user in ("alice", "bob"):  # i2pd 2.45.1 crashes when its SAM clients go all at once, one time in a few
            self.lab.revive(user)

    def wait_networks(self, timeout):
        self._network.wait_reachable(self.bob, timeout=timeout)
        self._network.wait_ready(self.alice, timeout=timeout)

    def carrier(self, talk):
        """Every router in the tunnels of the session that the call goes by: I2P does not tell which of them its next message takes."""
        wire = talk.record().get("wire")
        hosts = [one.host for one in sam_record.callers(self._record) if any(digest(name) == wire for name in one.calls)]
        if not hosts:
            raise DrillError("bob's router has handed over no stream with the call in progress")
        tunnels = Console(self.lab, "alice").tunnels(hosts[-1])
        if not tunnels:
            raise DrillError(f"alice's router knows no tunnels of {hosts[-1]}")
        return tuple(router for tunnel in tunnels for router in tunnel.hops)
