"""What a router tells on its web console, the only place where i2pd shows the tunnels of a session and the routers on them.

Which tunnel carried a message it does not tell; but it counts each one's bytes, so that two looks tell which of them grew.
"""
import dataclasses
import html
import http.client
import re
import socket

from labnet.errors import LabError

_HASH_SHOWN = 4  # characters of a router's hash


@dataclasses.dataclass(frozen=True)
class Tunnel:
    number: int
    direction: str     # "in" or "out"
    hops: tuple        # names of the routers in the order in which bytes pass them; of one that is not in the lab, what i2pd shows
    state: str         # "established", "building", "expiring", "failed", ...
    latency_ms: float  # as i2pd's own tests found it, of this tunnel's hops; None: not tested yet
    kib: int           # carried so far


class Console:
    """Of the router of `user` in a lab that is up."""

    def __init__(self, lab, user):
        self._path = lab.socket_path(user, "console")
        self._names = {lab.router_hash(node)[:_HASH_SHOWN]: node for node in lab.router_names()}

    def summary(self):
        """{"success_percent", "routers", "floodfills", "leasesets", "client_tunnels", "transit_tunnels"}."""
        text = _plain(self._page(""))
        found = {name: re.search(rf"{label}: +(\d+)", text) for name, label in (
            ("success_percent", "Tunnel creation success rate"), ("routers", "Routers"), ("floodfills", "Floodfills"),
            ("leasesets", "LeaseSets"), ("client_tunnels", "Client Tunnels"), ("transit_tunnels", "Transit Tunnels"))}
        return {name: int(match[1]) for name, match in found.items() if match}

    def sam_sessions(self):
        """IDs."""
        return re.findall(r"sam_id=([^\"&]+)\"", self._page("?page=sam_sessions"))

    def host_of_session(self, session_id):
        """Name of the destination of a SAM session."""
        match = re.search(r"\b[a-z2-7]{52}\.b32\.i2p", self._page(f"?page=sam_session&sam_id={session_id}"))
        if not match:
            raise LabError(f"i2pd's console shows no SAM session {session_id}")
        return match[0]

    def tunnels(self, host):
        """Those of a local destination, by its name."""
        return parse_tunnels(self._page(f"?page=local_destination&b32={host.removesuffix('.b32.i2p')}"), self._names)

    def tunnels_of_session(self, session_id):
        return self.tunnels(self.host_of_session(session_id))

    def _page(self, path):
        connection = _UnixConnection(self._path)
        try:
            connection.request("GET", f"/{path}")
            return connection.getresponse().read().decode("utf-8", "replace")
        except http.client.HTTPException as error:
            raise LabError(f"{self._path}: the router's console does not answer ({error!r})") from error
        finally:
            connection.close()


def parse_tunnels(page, names):
    """The tunnels on the page of a local destination. `names`: {beginning of a router's hash: its name}."""
    inbound, _, outbound = page.partition("<b>Outbound tunnels:</b>")
    inbound = inbound.partition("<b>Inbound tunnels:</b>")[2]
    return [tunnel for direction, part in (("in", inbound), ("out", outbound))
            for item in re.findall(r'<div class="listitem">(.*?)</div>', part, re.DOTALL)
            if (tunnel := _parse_tunnel(direction, _plain(item), names))]


def carrying(before, after):
    """Which of the tunnels in `after` have carried something since `before`."""
    carried = {(tunnel.direction, tunnel.number): tunnel.kib for tunnel in before}
    return [tunnel for tunnel in after if tunnel.kib > carried.get((tunnel.direction, tunnel.number), 0)]


def busiest(before, after, direction):
    """Which tunnel of a direction has carried most since `before`; None if none has carried anything."""
    old = {tunnel.number: tunnel.kib for tunnel in before if tunnel.direction == direction}
    grown = [tunnel for tunnel in carrying(before, after) if tunnel.direction == direction]
    return max(grown, key=lambda tunnel: tunnel.kib - old.get(tunnel.number, 0), default=None)


def _parse_tunnel(direction, text, names):
    """text: "⇒ i3Oh ⇒ 8d5G ⇒ 1002600326:me ( 91ms ) established, 1 KiB", or "2376984017:me ⇒ 4zyW ⇒ cqhS ⇒ ( 91ms ) ..."."""
    number = re.search(r"(\d+):me", text)
    if not number:
        return None
    hops = re.findall(rf"(?<!\S)([A-Za-z0-9~-]{{{_HASH_SHOWN}}}) ⇒", text)
    latency = re.search(r"\( *(\d+)(ms|us) *\)", text)
    state = re.search(r"(\w+)(?: \(exploratory\))? *, *(\d+) *KiB", text)
    return Tunnel(int(number[1]), direction, tuple(names.get(hop, hop) for hop in hops), state[1] if state else "",
                  int(latency[1]) / (1 if latency[2] == "ms" else 1000) if latency else None, int(state[2]) if state else 0)


def _plain(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
