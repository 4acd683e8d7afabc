"""Who is in a private Tor network and where each one listens."""
import dataclasses

AUTHORITIES, RELAYS, EXITS = 3, 4, 2  # the smallest network that always carries onion services

# Every node has an address of its own, so the ports are the same for all. Below the kernel's ephemeral range (32768 and up).
OR_PORT, DIR_PORT, SOCKS_PORT, CONTROL_PORT, ECHO_PORT = 21001, 21002, 21050, 21051, 21007
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


def build(users, subnet, hop_delay_ms):
    """All nodes, the last part of their address counted up below `subnet` ("10.88.0").

    hop_delay_ms is the access delay of a relay. Users have half of it and the echo server a quarter; authorities, which
    carry no calls, have none so that the network comes up fast. A guest is a tor which a test or sipveil itself starts.
    """
    kinds = ([("auth", "authority", AUTHORITIES, 0.0), ("relay", "relay", RELAYS, hop_delay_ms),
              ("exit", "exit", EXITS, hop_delay_ms)])
    roles = [(f"{prefix}{i}", kind, delay) for prefix, kind, count, delay in kinds for i in range(count)]
    roles += [(user, "user", hop_delay_ms / 2) for user in users]
    roles += [("echo", "echo", hop_delay_ms / 4), ("guest", "guest", hop_delay_ms / 2)]
    return [Node(name, kind, f"{subnet}.{10 + i}", delay) for i, (name, kind, delay) in enumerate(roles)]


def expected_round_trips_ms(hop_delay_ms):
    """Round trip on an open stream, by the sum of the access delays: an exit circuit has 3 relays, an onion circuit 6."""
    relay, user, echo = hop_delay_ms, hop_delay_ms / 2, hop_delay_ms / 4
    return {"exit": 2 * (user + 6 * relay + echo), "onion": 2 * (2 * user + 12 * relay)}
