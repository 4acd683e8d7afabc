"""The private networks of a run, each up only while it is needed: one that idles would still take processors from the other."""
from delaytables import beds
from labnet.delays import HopDelay
from labnet.i2p_lab import I2pLab
from labnet.tor_lab import TorLab
from labnet.topology import Size

_KINDS = {"tor": TorLab, "i2p": I2pLab}
_UNEQUAL = Size(relays=12, exits=3)  # so many that circuits differ where relays do


class Labs:
    """`up`: {network: its lab}, those that are up. `lanes`: {network: how many have users of their own there}."""

    def __init__(self, folder, hop_delay, lanes, say):
        self._folder, self._hop_delay, self._say = folder, HopDelay.of(hop_delay), say
        self._users = {network: [user for lane in range(count) for user in beds.users(lane)] for network, count in lanes.items()}
        self.up = {}

    def need(self, network):
        """Exactly this one is up when it returns."""
        for other in list(self.up):
            if other != network:
                self.drop(other)
        if network in self.up:
            return
        lab = _KINDS[network](self._folder / network, lambda line: self._say(f"{network} network: {line}"))
        size = _UNEQUAL if network == "tor" and not self._hop_delay.equal else None
        try:
            lab.up(self._users[network], self._hop_delay, "namespaces", size)
        except BaseException:
            lab.down()
            raise
        self.up[network] = lab

    def drop(self, network):
        lab = self.up.pop(network, None)
        if lab is not None:
            try:
                lab.down()
            except BaseException:  # Ctrl-C, perhaps
                lab.down()
                raise

    def close(self):
        for network in list(self.up):
            self.drop(network)
