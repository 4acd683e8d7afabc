"""One call, and what the machines of the bed show of it: packets between those of the two domains, and programs beside the phones."""
import dataclasses
import pathlib

from leakaudit import evidence, live_capture, sockets
from trapezoid import places
from trapezoid.bed import Options, Trapezoid
from trapezoid.sipveil import Sipveil

USERS = ("sipveil-a", "sipveil-b", "phone-b")  # of the network's lab


@dataclasses.dataclass(frozen=True)
class Crossing:
    """between: packets from a machine of one domain to one of the other. within: the others, which show that the capture works.
    programs: {node of a phone: names of the programs that run beside the phone}."""
    between: int
    within: int
    programs: dict


def look(binary, folder, network=None):
    """Over a callrun.network.Network whose lab is up with USERS; without one, the proxies call each other and there is no sipveil."""
    folder = pathlib.Path(folder)
    options = Options(network=network.name if network else "direct", wire="namespaces", without_sipveil=network is None)
    with Trapezoid(binary, folder, options, network) as bed:
        heard = [sockets.opened(lambda command, node=node: bed.command(node, command), ["packets"])[0] for node in places.NODES]
        capture = live_capture.LiveCapture(heard, folder / "capture.pcap")
        try:
            bed.start()
            bed.register()
            callee = bed.bob.take_calls(count=1)
            bed.alice.place_call(bed.bob.user).finish()
            callee.finish()
            programs = {f"phone-{side}": programs_beside(bed, f"phone-{side}", network) for side in "ab"}
            capture.settle()
        finally:
            capture.stop()
        sides = {bed.host(f"{kind}-{side}"): side for kind in ("phone", "proxy") for side in "ab"}
    return Crossing(*counted(evidence.datagrams(folder / "capture.pcap"), sides), programs)


def programs_beside(bed, node, network):
    """Names of what runs there that is no phone, and of the network's programs that belong to it."""
    found = []
    for name, part in bed.parts.items():
        if part.node == node and isinstance(part, Sipveil) and part.running:
            found.append("sipveil")
            if network and name in USERS and network.lab.pid(name):
                found.append(network.program[0].lower())
    return found


def counted(datagrams, sides):
    """(between, within). sides: {address: side}; what goes to none of these addresses, as the kernel's own questions, is neither."""
    between = within = 0
    for one in datagrams:
        ends = sides.get(one.source.address), sides.get(one.target.address)
        if None not in ends:
            between, within = between + (ends[0] != ends[1]), within + (ends[0] == ends[1])
    return between, within
