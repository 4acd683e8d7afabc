"""Where the four machines of the trapezoid are: addresses on loopback, or network namespaces. Nothing else knows."""
import contextlib
import dataclasses
import random
import socket

from callrun.errors import RunError
from labnet import processes, wires
from labnet.errors import LabError

NODES = ("phone-a", "proxy-a", "proxy-b", "phone-b")
# Below what the functional tests (127.160.0.0 and up) and above what scripts/labnet (127.64.0.0 to 127.127.255.255) take.
_FIRST_OCTETS = range(128, 160)
# Taken as a sign that a whole network of loopback is free.
_PROBED_PORT = 5060


@dataclasses.dataclass(frozen=True)
class Node:
    name: str
    address: str
    delay_ms: float = 0.0


class Loopback:
    """Four addresses of this machine. No rights needed."""

    kind = "loopback"

    def __init__(self, _folder, _lan_delay_ms=0.0):
        self._nodes = _numbered(_free_network())

    def host(self, name):
        return self._nodes[name].address

    def command(self, _name, command):
        """What starts `command` on the node `name`."""
        return command

    def close(self):
        pass


class Namespaces:
    """A network namespace for each node, joined by the switch of scripts/labnet. Works without root where unprivileged user
    namespaces are allowed. Sockets of the file system (tor's, our status) are seen from everywhere."""

    kind = "namespaces"

    def __init__(self, folder, lan_delay_ms=0.0):
        self._folder = folder
        self._nodes = _numbered("10.89.0", lan_delay_ms / 2)
        self._wire = wires.Namespaces(folder, list(self._nodes.values()))
        try:
            self._wire.start()
        except (LabError, OSError) as error:
            self.close()
            raise RunError(f"no network namespaces: {error}; a trapezoid on loopback needs none") from error

    def host(self, name):
        return self._nodes[name].address

    def command(self, name, command):
        return self._wire.command(self._nodes[name], [str(part) for part in command])

    def close(self):
        """Ends the switch; the namespaces go with the last process in them."""
        processes.stop(self._folder)


KINDS = {place.kind: place for place in (Loopback, Namespaces)}


def _numbered(network, access_delay_ms=0.0):
    """Only phone-a and proxy-a ever send each other packets."""
    return {name: Node(name, f"{network}.{10 + number}", access_delay_ms) for number, name in enumerate(NODES)}


def _free_network():
    while True:
        network = f"127.{random.choice(_FIRST_OCTETS)}.{random.randrange(256)}"
        with contextlib.suppress(OSError), socket.create_server((f"{network}.10", _PROBED_PORT)):
            return network
