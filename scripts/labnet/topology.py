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
    jitter_ms: float = 0.0     # mean of what its access line adds to it
    loss_percent: float = 0.0  # of the packets on its access line

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
    starts. Jitter is shared out as the delay is; loss is the same wherever there is a delay.
    """
    hop_delay = HopDelay.of(hop_delay)
    carriers = [(f"relay{i}", "relay") for i in range(size.relays)] + [(f"exit{i}", "exit") for i in range(size.exits)]
    roles = [(f"auth{i}", "authority", NO_LINE) for i in range(AUTHORITIES)]
    roles += [(*carrier, line(hop_delay, 1, delay)) for carrier, delay in zip(carriers, hop_delay.at_relays(len(carriers)))]
    roles += [(user, "user", line(hop_delay, 1 / 2)) for user in users]
    roles += [("echo", "echo", line(hop_delay, 1 / 4)), ("guest", "guest", line(hop_delay, 1 / 2))]
    return [Node(name, kind, f"{subnet}.{10 + i}", *access) for i, (name, kind, access) in enumerate(roles)]


NO_LINE = (0.0, 0.0, 0.0)


def line(hop_delay, share, delay=None):
    """(delay, jitter, loss) of a node's access line that has a `share` of what a relay's adds; `delay`: None for that of the mean."""
    return hop_delay.mean_ms * share if delay is None else delay, hop_delay.jitter_ms * share, hop_delay.loss_percent


def expected_round_trips_ms(hop_delay):
    """Round trip on an open stream, by the sum of the mean access delays without jitter: an exit circuit has 3 relays, an onion circuit 6, one to a
    single-hop service 3."""
    relay = HopDelay.of(hop_delay).mean_ms
    user, echo = relay / 2, relay / 4
    return {"exit": 2 * (user + 6 * relay + echo), "onion": 2 * (2 * user + 12 * relay), "single-hop": 2 * (2 * user + 6 * relay)}
