"""The bed with two ways to one callee: Tor first and I2P second, or both raced."""
from callrun.settings import Peer, Route
from drills import ways_blows
from drills.bed import Bed

_DOMAIN, _WAYS = "bob.example", "ways"
TOR_WAY, I2P_WAY = "bob", "bob-i2p"


class WaysBed(Bed):
    domains = {_WAYS: _DOMAIN}
    blows = ways_blows.ALL
    sizes = {"tor": None, "i2p": None}
    pools_s = 90.0
    race = False

    def __init__(self, stack, binary, networks, folder, standby, progress):
        super().__init__(stack, progress)
        self._networks = networks
        tor, i2p = networks
        self.labs = {network.name: network.lab for network in networks}
        bob_i2p = {**i2p.outward("bob"), **i2p.inward("bob", None)}
        self.bob = tor.start_bob(stack, binary, folder / "bob", self.bob_ports, **bob_i2p)
        peers = [tor.peer(stack, self.bob, folder / "bob", progress, [], TOR_WAY),
                 Peer(I2P_WAY, i2p.wait_reachable(self.bob), same_as=TOR_WAY)]
        self.alice = tor.start_alice(stack, binary, folder / "alice", self.alice_port, peers, standby=standby, **i2p.outward("alice"),
                                     routes=[Route(_DOMAIN, [TOR_WAY, I2P_WAY], race=self.race)])
        for network in networks:
            network.wait_ready(self.alice)
        self.alice.wait_standby(i2p.standby_patience_s)

    def missing(self):
        return [name for lab in self.labs.values() for name in lab.missing()]

    def revive(self):
        for user in ("alice", "bob"):  # as with I2P alone
            self.labs["i2p"].revive(user)

    def wait_networks(self, timeout):
        for network in self._networks:
            network.wait_reachable(self.bob, timeout=timeout)
            network.wait_ready(self.alice, timeout=timeout)


class RacedWaysBed(WaysBed):
    race = True
