"""The trapezoid with I2P between its machines: what the audit listens to beside it, and for what each sipveil may have sockets."""
import time

from callrun.i2p_network import I2pNetwork
from labnet.i2p_topology import SAM_PORT, SUBNET, TRANSPORT_PORT
from leakaudit import asking, live_capture, sockets
from leakaudit.bed import AuditBed
from leakaudit.canary import Canary
from leakaudit.purposes import Ends, purpose
from leakaudit.socket_watch import SocketWatch, Watched
from trapezoid import kamailio, phone, places
from trapezoid.bed import INNER_OF_PHONE, INNER_OF_PROXY
from trapezoid.sipveil import Sipveil
from trapezoid.two_phones import TUNNEL

ROUTER, WIRE, NAMES = "local-i2p-router", "i2p-wire", "i2p-names"
PATIENCE_S = 60.0  # a call that finds no link ready waits for a session, 5 to 20 s each on its two ways
_ICMPV6 = "ip-58"  # as packets.py names it
_LOCAL = "127.0."  # where a router's own clients are
# What may go over the interfaces of the four machines; all else goes by Unix sockets to the routers.
_ON_MACHINES = ("phone-a", "phone-b", "proxy-a", "proxy-b", "link-a")


class I2pBed(AuditBed):
    """`planted`: sipveil-b is started with a question to a resolver on its lips, so that the audit has something to find."""

    def __init__(self, binary, folder, options, more_users, lab, planted=False):
        self._planted, self._addresses_of = planted, {}
        super().__init__(binary, folder, options, more_users, I2pNetwork(lab), {})

    def capture_wires(self, folder):
        """A LiveCapture of the lab's namespace: between the routers, and between them and their own clients."""
        return live_capture.LiveCapture(sockets.opened(self._where_routers_are, ["packets"]), folder / "routers.pcap")

    def watch_sockets(self):
        """A SocketWatch over every sipveil."""
        watched = []
        for part in self.sipveils():
            (table,) = sockets.opened(lambda command, part=part: self.command(part.node, command), ["unix-table"])
            watched.append(Watched(part.id, lambda part=part: part.pid, lambda held, ends=self._ends(part): purpose(held, ends), table))
        return SocketWatch(watched, sockets.opened(self._where_routers_are, ["unix-table"]))

    def wait_ready(self):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and not all(map(_has_links, self.sipveils())):
            time.sleep(0.5)

    def names(self):
        """A Canary for each name in the network."""
        return [Canary(f"b32 name of {part}", address.removeprefix("i2p:").removesuffix(".b32.i2p"), NAMES)
                for part, address in sorted(self._addresses_of.items())]

    def strays(self, datagrams):
        """Sentences about packets on the four machines that went anywhere but where they have to."""
        return told(one for one in datagrams if self.place_of(one.source, one.target) not in _ON_MACHINES and not of_kernel(one))

    def strays_among_routers(self, datagrams):
        return told(one for one in datagrams if place_at_routers(one.source, one.target) == "elsewhere")

    # --- what differs from the trapezoid of the tests ---

    def start(self, report=lambda sentence: None):
        for node in places.NODES:  # else the kernel refuses what is for strangers, and nobody sees that it was tried
            gate = self.host(next(other for other in places.NODES if other != node))
            sockets.run(self.command(node, ["ip", "route", "add", "default", "via", gate]))
        super().start(report)
        for name in self.reachable():
            self._addresses_of[name] = self.parts[name].address(self._network)
        return self

    def _configure(self, addresses):
        super()._configure(addresses)
        self._addresses_of = dict(addresses)
        if self._planted:
            self.parts["sipveil-b"].asks_for = addresses["sipveil-a"].removeprefix("i2p:")

    def _add(self, kind, name, node, *arguments):
        return super()._add(_Asking if kind is Sipveil and name == "sipveil-b" and self._planted else kind, name, node, *arguments)

    # --- details ---

    def _where_routers_are(self, command):
        return self._network.lab.command("sipveil-a", command)

    def _ends(self, part):
        is_phone, lan = part.node.startswith("phone"), f"{self.host('proxy-a')}:{TUNNEL}"
        inner, beside = (INNER_OF_PHONE, phone.CALLEE_PORT) if is_phone else (INNER_OF_PROXY, kamailio.PORT)
        return Ends(f"{part.host}:{inner}", f"{part.host}:{beside}", str(part.folder / "state" / "status.sock"),
                    str(self._network.lab.socket_path(part.id, "sam")) if part.id in self._hidden() else "",
                    lan if part.id == "sipveil-a" else "", lan if part.id == "phone-a" else "")


def _has_links(part):
    """Whether each of its peers that calls have reached, or will, has a link ready."""
    pools = (part.report() or {}).get("standby") or []
    return all(pool["ready"] or not pool["wanted"] for pool in pools)


class _Asking(Sipveil):
    """`asks_for`: a name that it asks a resolver for, by a socket that it then keeps."""
    asks_for = ""

    def command(self):
        command = super().command()
        return asking.command(self.asks_for, command) if self.asks_for else command


def place_at_routers(source, target):
    """The vantage point where a flow belongs that capture_wires() has read."""
    ends, ports = (source.address, target.address), {source.port, target.port}
    if all(end.startswith(_LOCAL) for end in ends) and SAM_PORT in ports:
        return ROUTER
    if all(end.startswith(f"{SUBNET}.") for end in ends) and TRANSPORT_PORT in ports:
        return WIRE
    return "elsewhere"


def of_kernel(datagram):
    """Whether the kernel itself looks for IPv6 routers and neighbours on the link (RFC 4861); no program sends that."""
    return datagram.protocol == _ICMPV6 and datagram.target.address.startswith("ff02::")


def told(datagrams):
    """Sentences about packets that should not be, those of one way together."""
    counts = {}
    for one in datagrams:
        key = one.protocol, one.source.address, str(one.target)
        first, count = counts.get(key, (one.frame, 0))
        counts[key] = first, count + 1
    return [f"{count} packets ({protocol}) from {source or 'nobody'} to {target or 'nobody'}, where nothing has to go; the first is "
            f"frame {first}" for (protocol, source, target), (first, count) in counts.items()]


def users_of(identities):
    """Which sipveils have a router of their own, for these identities.Identity."""
    calls_directly = any(one and one.caller_known_to != "home" for one in identities)
    return ["sipveil-a", "sipveil-b", "phone-b", *(["phone-a"] if calls_directly else [])]
