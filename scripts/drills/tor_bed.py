"""The bed in a private Tor network: bob is called by his onion service, and through an exit."""
from callrun.paths import EXIT, ONION
from drills import tor_blows
from drills.bed import Bed
from drills.carriers import carrier_of, introductions
from drills.errors import DrillError
from labnet.topology import Size


class TorBed(Bed):
    domains = {ONION: "bob.example", EXIT: "exit.example"}
    blows = tor_blows.ALL
    sizes = {"tor": Size(relays=16, exits=3)}  # so large that one relay is on few circuits, as in the real network

    def __init__(self, stack, binary, networks, folder, standby, progress):
        super().__init__(stack, progress)
        (network,) = networks
        self._network, self.lab = network, network.lab
        self.bob = network.start_bob(stack, binary, folder / "bob", self.bob_ports)
        peers = [network.peer(stack, self.bob, folder / "bob", progress, [self.domains[ONION]]),
                 network.exit_peer(stack, folder / "bob", [self.domains[EXIT]], "bob-by-exit")]
        self.alice = network.start_alice(stack, binary, folder / "alice", self.alice_port, peers, standby=standby)
        network.wait_ready(self.alice)
        self.alice.wait_standby()

    def missing(self):
        return self.lab.missing()

    def wait_networks(self, timeout):
        self._network.wait_reachable(self.bob, timeout=timeout)
        self._network.wait_ready(self.alice, timeout=timeout)

    def carrier(self, talk):
        credential = talk.record().get("credential")
        if credential is None:
            raise DrillError("this sipveil's status names no credential of a call, so that nobody knows which relays carry it")
        with self.lab.control("alice") as control:
            found = carrier_of(control.get_info("circuit-status"), credential)
        if found is None:
            raise DrillError("alice's tor has no circuit for the call in progress")
        return found.path

    def forget(self):
        """A tor remembers for two minutes which introduction points have failed."""
        with self.lab.control("alice") as control:
            control.command("SIGNAL NEWNYM")

    def spared(self):
        """bob's circuits to his introduction points."""
        with self.lab.control("bob") as control:
            return introductions(control.get_info("circuit-status"))
