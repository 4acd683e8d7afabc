"""A sipveil of the trapezoid: its configuration, its state and keys in a folder of its own."""
import json
import os
import subprocess

from callrun.errors import RunError
from callrun.key_folder import KeyFolder
from trapezoid.program import Program


class Sipveil(Program):
    def __init__(self, identifier, place, node, folder, binary):
        super().__init__(identifier, place, node, folder)
        self._binary = binary
        self.config = self.folder / "sipveil.toml"
        self.keys_dir = self.folder / "keys"
        self.state = self.folder / "state"

    def configure(self, settings):
        self.config.write_text(settings.toml(self.state), encoding="utf-8")

    def write_secret(self, name, text):
        """A file that only its owner may read; its path."""
        path = self.folder / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return str(path)

    def command(self):
        return [self._binary, "run", "-c", self.config]

    def ready(self):
        return self.report() is not None

    def report(self):
        """What `sipveil status --json` says, None while it does not answer."""
        answer = self._run("status", "--json", "-c", self.config)
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def keys(self, *arguments, config=False):
        """What `sipveil keys ARGUMENTS` prints, for the keys of this sipveil; with `config` it may dial its peers."""
        if not config:
            return KeyFolder(self._binary, self.keys_dir).keys(*arguments)
        answer = self._run("keys", *arguments, "-c", self.config)
        if answer.returncode != 0:
            raise RunError(f"{self.id}: sipveil keys {' '.join(arguments)}: {(answer.stderr or answer.stdout).strip()}")
        return answer.stdout

    def wait_reachable(self, network, report=lambda sentence: None, timeout=180.0):
        """Until others can reach it by `network`, a callrun.network.Network."""
        told = [None]

        def through():
            status = self.report()
            if status is not None and network.state(status) != told[0]:
                told[0] = network.state(status)
                report(f"{self.id}: {told[0]}")
            return status is not None and network.address(status)
        self.wait(through, f"reachable ({told[0]})", timeout)

    def address(self, network):
        """By what name others will reach it by `network`, as peers have it; "" while it has none."""
        status = self.report()
        return network.name_of(status) if status else ""

    def _run(self, *arguments):
        return subprocess.run([str(part) for part in (self._binary, *arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30, check=False)
