"""Every kind of bed by what --network says."""
from callrun import networks
from drills.i2p_bed import I2pBed
from drills.tor_bed import TorBed
from drills.ways_bed import RacedWaysBed, WaysBed

KINDS = {"tor": TorBed, "i2p": I2pBed, "tor,i2p": WaysBed, "race": RacedWaysBed}


def started(kind, stack, binary, folder, standby, progress, hop_delay=0.0, keep=False, wires=None):
    """(bed of this kind in labs of its own, their status). `wires`: of labs that have no other than the best to be had."""
    made = []
    status = []
    for name, size in kind.sizes.items():
        network = networks.made(name, folder / f"lab-{name}", progress)
        status.append(network.up(stack, hop_delay, keep, wire=(wires or {}).get(name), size=size))
        made.append(network)
    return kind(stack, binary, made, folder, standby, progress), status
