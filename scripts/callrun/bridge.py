"""A sipveil with its configuration and state in a folder of its own."""
import dataclasses
import json
import pathlib
import subprocess
import time

from callrun.children import Child
from callrun.errors import RunError

_LEAST_MAX = 8   # standby links, the bridge's own default
_CHOICE_S = 5.0  # a pool that is full may go on opening links, to find faster ones


@dataclasses.dataclass
class Peer:
    """A peer and the domain whose calls go to it."""
    name: str
    address: str
    domain: str
    circuit: str = "per-call"
    via: str = None
    tls_ca_file: str = None


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
class Settings:
    """What docs/configuration.md says, as far as runs need it. Addresses are "HOST:PORT" or "unix:PATH"; None leaves a key out."""
    listen: str
    deliver_to: str = None
    tor_control: str = None
    tor_socks: str = None
    extra_torrc: str = None  # the bridge runs a tor of its own with these lines, instead of tor_control
    onion_listen: str = None
    single_hop: bool = False
    standby: Standby = dataclasses.field(default_factory=Standby)
    peers: list = dataclasses.field(default_factory=list)
    log_level: str = "info"
    role: str = "phone"

    def toml(self, state_dir):
        lines = _entries(role=self.role, state_dir=str(state_dir))
        lines += ["[inner]", *_entries(listen=[self.listen], deliver_to=self.deliver_to)]
        if self.extra_torrc:
            lines += ["[tor]", *_entries(spawn=True, extra_torrc=self.extra_torrc)]
        elif self.tor_control:
            lines += ["[tor]", *_entries(control=self.tor_control, socks=self.tor_socks)]
        if self.onion_listen:
            lines += ["[onion]", *_entries(listen=self.onion_listen, single_hop="not-anonymous" if self.single_hop else None)]
        standby = self.standby.entries()
        lines += ["[standby]", *standby] if standby else []
        for peer in self.peers:
            lines += ["[[peer]]", *_entries(name=peer.name, address=peer.address, via=peer.via, tls_ca_file=peer.tls_ca_file)]
            lines += ["[[route]]", *_entries(domain=peer.domain, peers=[peer.name], circuit=peer.circuit)]
        lines += ["[log]", *_entries(level=self.log_level)]
        return "\n".join(lines) + "\n"


class Bridge:
    """A running bridge. `folder` is made; its log is in FOLDER/log. `within` turns its command line into one that runs where it
    lives (TorLab.command); its files and its status are reached from here in any case."""

    def __init__(self, binary, folder, settings, within=lambda command: command):
        self._binary = binary
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._within = within
        self.config = self._folder / "sipveil.toml"
        self.config.write_text(settings.toml(self._folder / "state"), encoding="utf-8")
        self.start()

    def start(self):
        """Once more, after stop() or kill()."""
        command = self._within([str(self._binary), "run", "-c", str(self.config)])
        self.child = Child(f"sipveil ({self._folder.name})", command, self._folder / "log")

    def kill(self):
        """As a crash: SIGKILL."""
        self.child.kill()

    def status(self):
        """What `sipveil status --json` says, or None while it does not answer."""
        answer = subprocess.run([str(self._binary), "status", "--json", "-c", str(self.config)], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=30, check=False)
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def wait(self, ready, what, timeout=90.0, report=lambda sentence: None):
        """Returns the first status for which `ready(status)`. `report` gets each new sentence about tor meanwhile."""
        deadline = time.monotonic() + timeout
        told = None
        while True:
            self.child.require_running()
            status = self.status()
            if status is not None:
                if ready(status):
                    return status
                if status["tor"] != told:
                    told = status["tor"]
                    report(told)
            if time.monotonic() > deadline:
                raise RunError(f"{self.child.name}: {what} not within {timeout:.0f} s ({told or 'no status'}). Its last words:\n"
                               f"{self.child.last_words()}")
            time.sleep(0.1)

    def wait_up(self, timeout=30.0):
        """Until it answers: its listeners are open then."""
        return self.wait(lambda status: True, "up", timeout)

    def wait_published(self, timeout=90.0, report=lambda sentence: None):
        """Until its onion service can be reached; returns the address for peers."""
        status = self.wait(lambda status: status["published"], "the onion service published", timeout, report)
        return status["onion"]

    def wait_standby(self, timeout=90.0, report=lambda sentence: None):
        """Until each peer has the links ready that its pool wants, and for a while also until nothing more is being opened, so that
        there is a choice. Returns the pools as the status tells them, None from a bridge that knows no standby links."""
        pools, full_since = None, None

        def ready(status):
            nonlocal pools, full_since
            pools = status.get("standby")
            if not all(map(_full, pools or [])):
                full_since = None
                return False
            full_since = full_since or time.monotonic()
            return not any(pool["building"] for pool in pools or []) or time.monotonic() > full_since + _CHOICE_S
        try:
            self.wait(ready, "the standby links ready", timeout, report)
            return pools
        except RunError as error:
            raise RunError(f"{error}\nIts pools: {json.dumps(pools)}") from error

    def stop(self):
        return self.child.stop()


def _full(pool):
    return pool["ready"] >= pool["wanted"] and pool["waiting"] == 0


def _entries(**values):
    # JSON writes strings and arrays of strings as TOML reads them.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
