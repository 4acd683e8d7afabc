"""How the sipveils of a bed use a network: who has a name in it, and how the others dial that."""
import contextlib

from callrun.children import Child
from callrun.settings import Peer
from labnet import programs
from labnet.exit_target import ExitTarget


class ByName:
    """Whoever is called has a name in the network: an onion service, a destination. `users`: which user of its lab each part is."""

    fronted = None  # the part that is reached by an address known beforehand, instead of by a name

    def __init__(self, network, users=None):
        self._network, self._users = network, users or {}

    @property
    def network(self):
        return self._network

    def user(self, part):
        return self._users.get(part, part)

    def named(self, parts):
        """Those of these that have a name of their own."""
        return tuple(parts)

    def outward(self, part):
        """What it is told so that it can call: fields of settings.Settings."""
        return self._network.outward(self.user(part))

    def inward(self, part, socket):
        """The same so that it can be called by its name."""
        return self._network.inward(self.user(part), socket)

    def peer(self, _caller, name, address, domains, circuit="per-call"):
        """How the part `_caller` dials another."""
        return Peer(name, address, domains, circuit)

    def open(self, bed, folder):
        """Before the parts start; returns {part: address} of what is known then."""
        return {}

    def close(self):
        pass


class ByHttp(ByName):
    """The callee's server has a destination, and is dialled by the HTTP proxies of the callers' routers; all calls of one share a
    stream, since they have one origin. A phone is reached by the link of its registration."""

    def __init__(self, network, users, server):
        super().__init__(network, users)
        self._server = server

    def named(self, parts):
        return tuple(part for part in parts if part == self._server)

    def outward(self, part):
        return super().outward(part) if part == self._server else {}

    def peer(self, caller, name, address, domains, circuit="per-call"):
        proxy = self._network.lab.socket_path(self.user(caller), "http_proxy")
        return Peer(name, address, domains, "shared", via=f"http:unix:{proxy}")


class ByExit(ByName):
    """The callee's server stands behind a TLS server that exits reach; a phone is reached by the link of its registration. Without
    `control` nothing is used of tor but its SOCKS port. `number`: of the TLS server in its lab."""

    def __init__(self, network, users, server, number=0, control=True):
        super().__init__(network, users)
        self.fronted, self._number, self._control = server, number, control
        self._stack = contextlib.ExitStack()
        self._ca_file = None

    def named(self, parts):
        return ()

    def outward(self, part):
        return super().outward(part) if self._control and part != self.fronted else {}

    def peer(self, caller, name, address, domains, circuit="per-call"):
        via = None if self._control else f"socks:unix:{self._network.lab.socket_path(self.user(caller), 'socks')}"
        return Peer(name, address, domains, circuit, via=via, tls_ca_file=str(self._ca_file))

    def open(self, bed, folder):
        """`bed`: with the server's part and node, see Trapezoid."""
        socket = folder / "front.sock"
        front = ExitTarget(self._network.lab, str(socket), self._number)
        self._stack.callback(front.close)
        table = folder / "front.table"
        table.write_text(f'"unix:{socket}" "{bed.tunnel_address(self.fronted)}" 0\n', encoding="utf-8")
        gate = Child("gate", bed.command(bed.parts[self.fronted].node, [programs.built("delay_relay"), table]), folder / "front.log")
        self._stack.callback(gate.stop)
        gate.wait_for(lambda: gate.last_words().strip(), "listening")
        self._ca_file = front.ca_file
        return {self.fronted: f"tls:{front.host}:{front.port}"}

    def close(self):
        self._stack.close()
