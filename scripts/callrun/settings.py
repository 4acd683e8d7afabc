"""What docs/configuration.md says, as far as runs and tests need it, as TOML. None leaves a key or a section out."""
import dataclasses
import json

_LEAST_MAX = 8  # standby links, the bridge's own default


@dataclasses.dataclass
class Peer:
    """`domains`: whose requests go to it alone; for several ways to one callee see Route."""
    name: str
    address: str
    domains: list = ()
    circuit: str = "per-call"
    via: str = None
    tls_ca_file: str = None
    same_as: str = None
    i2p_identity: str = None


@dataclasses.dataclass
class Route:
    """`peers`: names, the preferred one first; with `race` all are equal."""
    domain: str
    peers: list
    circuit: str = "per-call"
    race: bool = False


@dataclasses.dataclass
class Account:
    aor: str
    home: str
    password_file: str


@dataclasses.dataclass
class Standby:
    """[standby]; None: the bridge's own default. ready: links kept for each peer at all times, 0: none are opened ahead.
    candidates: opened for each that a call takes."""
    ready: int = None
    candidates: int = None

    def entries(self):
        values = {"candidates": self.candidates}
        if self.ready is not None:
            values.update(min=self.ready, max=max(self.ready, _LEAST_MAX) if self.ready else 0)
        return _entries(**values)


@dataclasses.dataclass
class I2p:
    """[i2p]; `extra_conf`: the bridge runs an i2pd of its own with these lines, instead of the router at `sam`."""
    sam: str = None
    extra_conf: str = None
    tunnel_length: int = None
    sessions: int = None

    def entries(self):
        return _entries(sam=self.sam, spawn=True if self.extra_conf else None, extra_conf=self.extra_conf,
                        tunnel_length=self.tunnel_length, sessions=self.sessions)


@dataclasses.dataclass
class Destination:
    """[destination]; `allow`: names of destinations that may call."""
    tunnel_length: int = None
    allow: list = None


@dataclasses.dataclass
class Settings:
    """Addresses are "HOST:PORT" or "unix:PATH"."""
    listen: str
    deliver_to: str = None
    role: str = "phone"
    tunnel_listen: str = None
    tor_control: str = None
    tor_socks: str = None
    extra_torrc: str = None  # the bridge runs a tor of its own with these lines, instead of tor_control
    onion_listen: str = None
    single_hop: bool = False
    i2p: I2p = None
    destination: Destination = None
    standby: Standby = dataclasses.field(default_factory=Standby)
    peers: list = dataclasses.field(default_factory=list)
    routes: list = dataclasses.field(default_factory=list)  # besides those of the peers
    identity: object = None  # trapezoid.identities.Identity
    keys_dir: str = None
    domains: list = None     # whose tokens are opened here: role proxy
    subscribers_file: str = None
    accounts: list = dataclasses.field(default_factory=list)
    log_level: str = "info"

    def toml(self, state_dir):
        lines = _entries(role=self.role, state_dir=str(state_dir))
        lines += ["[inner]", *_entries(listen=[self.listen], deliver_to=self.deliver_to)]
        if self.tunnel_listen:
            lines += ["[tunnel]", *_entries(listen=[self.tunnel_listen])]
        lines += self._networks()
        standby = self.standby.entries()
        lines += ["[standby]", *standby] if standby else []
        for peer in self.peers:
            lines += _peer(peer)
        for route in (*self.routes, *(Route(domain, [peer.name], peer.circuit) for peer in self.peers for domain in peer.domains)):
            lines += ["[[route]]", *_route(route)]
        if self.identity:
            lines += ["[identity]", *self._identity()]
        for account in self.accounts:
            lines += ["[[account]]", *_entries(**dataclasses.asdict(account))]
        return "\n".join([*lines, "[log]", *_entries(level=self.log_level)]) + "\n"

    def _networks(self):
        lines = []
        if self.extra_torrc:
            lines += ["[tor]", *_entries(spawn=True, extra_torrc=self.extra_torrc)]
        elif self.tor_control:
            lines += ["[tor]", *_entries(control=self.tor_control, socks=self.tor_socks)]
        if self.onion_listen:
            lines += ["[onion]", *_entries(listen=self.onion_listen, single_hop="not-anonymous" if self.single_hop else None)]
        if self.i2p:
            lines += ["[i2p]", *self.i2p.entries()]
        if self.destination:
            lines += ["[destination]", *_entries(**dataclasses.asdict(self.destination))]
        return lines

    def _identity(self):
        proxy = self.role == "proxy"
        return _entries(scheme=self.identity.scheme, algorithm=self.identity.algorithm,
                        caller_known_to=self.identity.caller_known_to, hide_domain=self.identity.hide_domain or None,
                        keys_dir=self.keys_dir, view=self.identity.view if proxy else None,
                        domains=self.domains if proxy else None,
                        subscribers_file=self.subscribers_file if proxy else None)


def _peer(peer):
    via = peer.via or ("direct" if peer.address.startswith("tcp:") else None)
    return ["[[peer]]", *_entries(name=peer.name, address=peer.address, via=via, tls_ca_file=peer.tls_ca_file, same_as=peer.same_as,
                                  i2p_identity=peer.i2p_identity)]


def _route(route):
    if len(route.peers) == 1:
        return _entries(domain=route.domain, peers=route.peers, circuit=route.circuit)
    ways = ", ".join(f"{{ peer = {json.dumps(name)}, priority = {1 if route.race else index} }}"
                     for index, name in enumerate(route.peers, 1))
    return [*_entries(domain=route.domain), f"peers = [{ways}]", *_entries(circuit=route.circuit, race=route.race or None)]


def _entries(**values):
    # JSON writes strings, booleans and arrays of strings as TOML reads them.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
