"""What docs/configuration.md says of a sipveil in a trapezoid, as TOML."""
import dataclasses
import json


@dataclasses.dataclass
class Peer:
    """`domains`: whose requests go to it."""
    name: str
    address: str
    domains: list
    circuit: str = "per-call"


@dataclasses.dataclass
class Account:
    aor: str
    home: str
    password_file: str


@dataclasses.dataclass
class Settings:
    """Addresses are "HOST:PORT" or "unix:PATH"; None leaves a key or a section out."""
    role: str
    listen: str
    deliver_to: str
    tunnel_listen: str = None
    tor_control: str = None
    tor_socks: str = None
    onion_listen: str = None
    peers: list = dataclasses.field(default_factory=list)
    identity: object = None  # identities.Identity
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
        if self.tor_control:
            lines += ["[tor]", *_entries(control=self.tor_control, socks=self.tor_socks)]
        if self.onion_listen:
            lines += ["[onion]", *_entries(listen=self.onion_listen)]
        for peer in self.peers:
            via = "direct" if peer.address.startswith("tcp:") else None
            lines += ["[[peer]]", *_entries(name=peer.name, address=peer.address, via=via)]
            for domain in peer.domains:
                lines += ["[[route]]", *_entries(domain=domain, peers=[peer.name], circuit=peer.circuit)]
        if self.identity:
            lines += ["[identity]", *self._identity()]
        for account in self.accounts:
            lines += ["[[account]]", *_entries(**dataclasses.asdict(account))]
        return "\n".join([*lines, "[log]", *_entries(level=self.log_level)]) + "\n"

    def _identity(self):
        proxy = self.role == "proxy"
        return _entries(scheme=self.identity.scheme, algorithm=self.identity.algorithm,
                        caller_known_to=self.identity.caller_known_to, hide_domain=self.identity.hide_domain or None,
                        keys_dir=self.keys_dir, view=self.identity.view if proxy else None,
                        domains=self.domains if proxy else None,
                        subscribers_file=self.subscribers_file if proxy else None)


def _entries(**values):
    # JSON writes strings, booleans and arrays of strings as TOML reads them.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
