"""Every kind of network by its name."""
from callrun.i2p_network import TUNNEL_LENGTH, I2pNetwork
from callrun.tor_network import TorNetwork

KINDS = {kind.name: kind for kind in (TorNetwork, I2pNetwork)}


def made(name, folder, progress, path=None, tunnel_length=None):
    """One with a lab in `folder`, not up yet. None: its own default; `tunnel_length` is for I2P alone."""
    more = (tunnel_length or TUNNEL_LENGTH,) if name == I2pNetwork.name else ()
    return KINDS[name].at(folder, progress, path, *more)
