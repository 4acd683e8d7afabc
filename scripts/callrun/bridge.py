"""A sipveil with its configuration and state in a folder of its own."""
import dataclasses
import json
import pathlib
import subprocess
import time

from callrun.children import Child
from callrun.errors import RunError


@dataclasses.dataclass
class Peer:
    """A peer and the domain whose calls go to it."""
    name: str
    address: str
    domain: str
    circuit: str = "per-call"
    via: str = None


@dataclasses.dataclass
class Settings:
    """What docs/configuration.md says, as far as runs need it. Addresses are "HOST:PORT" or "unix:PATH"; None leaves a key out."""
    listen: str
    deliver_to: str = None
    tor_control: str = None
    tor_socks: str = None
    onion_listen: str = None
    peers: list = dataclasses.field(default_factory=list)
    log_level: str = "info"
    role: str = "phone"

    def toml(self, state_dir):
        lines = _entries(role=self.role, state_dir=str(state_dir))
        lines += ["[inner]", *_entries(listen=[self.listen], deliver_to=self.deliver_to)]
        if self.tor_control:
            lines += ["[tor]", *_entries(control=self.tor_control, socks=self.tor_socks)]
        if self.onion_listen:
            lines += ["[onion]", *_entries(listen=self.onion_listen)]
        for peer in self.peers:
            lines += ["[[peer]]", *_entries(name=peer.name, address=peer.address, via=peer.via)]
            lines += ["[[route]]", *_entries(domain=peer.domain, peers=[peer.name], circuit=peer.circuit)]
        lines += ["[log]", *_entries(level=self.log_level)]
        return "\n".join(lines) + "\n"


class Bridge:
    """A running bridge. `folder` is made; its log is in FOLDER/log."""

    def __init__(self, binary, folder, settings):
        self._binary = binary
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.config = self._folder / "sipveil.toml"
        self.config.write_text(settings.toml(self._folder / "state"), encoding="utf-8")
        self.child = Child(f"sipveil ({self._folder.name})", [binary, "run", "-c", self.config], self._folder / "log")

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

    def stop(self):
        return self.child.stop()


def _entries(**values):
    # JSON writes strings and arrays of strings as TOML reads them.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
