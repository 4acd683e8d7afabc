"""Who is in a private I2P network and where each one listens."""
import dataclasses

from labnet.delays import HopDelay
from labnet.topology import Node, line

# i2pd refuses 127.0.0.0/8 and the private networks, whatever its configuration says. 198.18.0.0/15 is for tests between networks
# (RFC 2544) and belongs to nobody. It is seen only inside namespaces, so every lab may have the same.
SUBNET = "198.18.88"


@dataclasses.dataclass(frozen=True)
class Size:
    """Routers that carry tunnels, beside those of the users. Half of them, rounded up, are floodfills: they hold the network's
    database. Ten is what makes tunnels of three hops, whose routers are different from each other, come up at the first try."""
    routers: int = 10

    @property
    def floodfills(self):
        return (self.routers + 1) // 2

    def __str__(self):
        return f"{self.routers} routers"


# Every node has an address of its own, so the ports are the same for all. The transport port is the same for NTCP2 (TCP) and
# SSU2 (UDP).
TRANSPORT_PORT, SAM_PORT, HTTP_PROXY_PORT, CONSOLE_PORT = 21100, 7656, 4444, 7070
FIRST_TUNNEL_PORT = 21200  # of client and server tunnels that are made later


def build(users, subnet, hop_delay, size=Size()):
    """All nodes, the last part of their address counted up below `subnet` ("198.18.88").

    hop_delay (what HopDelay.of takes): the access delay of routers. Users have half of its mean and of its jitter, and the same loss. A
    guest is a router which a test or sipveil itself starts. kind: "floodfill", "router", "user" or "guest".
    """
    hop_delay = HopDelay.of(hop_delay)
    roles = [(f"router{i}", "floodfill" if i < size.floodfills else "router", line(hop_delay, 1, delay))
             for i, delay in enumerate(hop_delay.at_relays(size.routers))]
    roles += [(name, kind, line(hop_delay, 1 / 2)) for name, kind in (*((user, "user") for user in users), ("guest", "guest"))]
    return [Node(name, kind, f"{subnet}.{10 + i}", *access) for i, (name, kind, access) in enumerate(roles)]


def local_address(node):
    """Where a node's own clients reach it: an address of loopback, which no other namespace sees, and of its own in a shared one."""
    return f"127.0.1.{node.address.rsplit('.', 1)[1]}"


def expected_round_trip_ms(hop_delay, length):
    """Round trip on an open stream, by the sum of the mean access delays without jitter: the caller's outbound and the callee's inbound tunnel have
    `length` routers each, and the answer comes back through as many."""
    router = HopDelay.of(hop_delay).mean_ms
    user = router / 2
    return 2 * (2 * user + 2 * (2 * length * router))


def expected_round_trips_ms(hop_delay):
    """{tunnel length: round trip}; JSON wants text."""
    return {str(length): expected_round_trip_ms(hop_delay, length) for length in (1, 2, 3)}
