"""Who is in a private Tor network and where each one listens."""
import dataclasses

from labnet.delays import HopDelay

AUTHORITIES = 3


@dataclasses.dataclass(frozen=True)
class Size:
    """The smallest network that always carries onion services. In that one nearly every circuit goes over every relay, so that
    who kills relays needs a larger one."""
    relays: int = 4
    exits: int = 2

    def __str__(self):
        return f"{self.relays} relays, {self.exits} exits"


# Every node has an address of its own, so the ports are the same for all. Below the kernel's ephemeral range (32768 and up).
OR_PORT, DIR_PORT, SOCKS_PORT, CONTROL_PORT, ECHO_PORT, TLS_PORT = 21001, 21002, 21050, 21051, 21007, 21061
# Where a node really listens while a delay relay stands in front of its port.
BEHIND_RELAY = 100


@dataclasses.dataclass(frozen=True)
class Node:
    name: str
    kind: str  # authority, relay, exit, user, echo or guest
    address: str
    delay_ms: float  # access delay, one way: a packet from A to B takes A's and B's

    @property
    def is_tor(self):
        return self.kind not in ("echo", "guest")

    @property
    def is_relay(self):
        return self.kind in ("authority", "relay", "exit")


def build(users, subnet, hop_delay, size=Size()):
    """All nodes, the last part of their address counted up below `subnet` ("10.88.0").

    hop_delay (what HopDelay.of takes): the access delay of relays. Users have half of its mean and the echo server a quarter;
    authorities, which carry no calls, have none so that the network comes up fast. A guest is a tor which a test or sipveil itself
    starts.
    """
    hop_delay = HopDelay.of(hop_delay)
    roles = [(f"auth{i}", "authority", 0.0) for i in range(AUTHORITIES)]
    carriers = [(f"relay{i}", "relay") for i in range(size.relays)] + [(f"exit{i}", "exit") for i in range(size.exits)]
    roles += [(*carrier, delay) for carrier, delay in zip(carriers, hop_delay.at_relays(len(carriers)))]
    mean = hop_delay.mean_ms
    roles += [(user, "user", mean / 2) for user in users]
    roles += [("echo", "echo", mean / 4), ("guest", "guest", mean / 2)]
    return [Node(name, kind, f"{subnet}.{10 + i}", delay) for i, (name, kind, delay) in enumerate(roles)]


def expected_round_trips_ms(hop_delay):
    """Round trip on an open stream, by the sum of the mean access delays: an exit circuit has 3 relays, an onion circuit 6, one to a
    single-hop service 3."""
    relay = HopDelay.of(hop_delay).mean_ms
    user, echo = relay / 2, relay / 4
    return {"exit": 2 * (user + 6 * relay + echo), "onion": 2 * (2 * user + 12 * relay), "single-hop": 2 * (2 * user + 6 * relay)}
