"""A sipveil of the trapezoid: its configuration, its state and keys in a folder of its own."""
import json
import os
import subprocess

from callrun.errors import RunError
from trapezoid.program import Program


class Sipveil(Program):
    def __init__(self, identifier, place, node, folder, binary):
        super().__init__(identifier, place, node, folder)
        self._binary = binary
        self.config = self.folder / "sipveil.toml"
        self.keys_dir = self.folder / "keys"

    def configure(self, settings):
        self.config.write_text(settings.toml(self.folder / "state"), encoding="utf-8")

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
        answer = self._run("keys", *arguments, *(("-c", self.config) if config else ("--keys-dir", self.keys_dir)))
        if answer.returncode != 0:
            raise RunError(f"{self.id}: sipveil keys {' '.join(arguments)}: {(answer.stderr or answer.stdout).strip()}")
        return answer.stdout

    def wait_tor(self, report=lambda sentence: None, published=True, timeout=90.0):
        """Until its tor is at 100 % and, with `published`, others can reach its onion service."""
        told = [None]

        def through():
            status = self.report() or {"tor": "", "published": False}
            if status["tor"] != told[0]:
                told[0] = status["tor"]
                report(f"{self.id}: {told[0]}")
            return status["published"] if published else "100%" in status["tor"]
        self.wait(through, f"reachable through tor ({told[0]})", timeout)

    def onion(self):
        """Its onion address with port, as peers take it; "" while tor has not told."""
        address = (self.report() or {}).get("onion") or ""
        return address if not address or address.startswith("tor:") else f"tor:{address}"

    def _run(self, *arguments):
        return subprocess.run([str(part) for part in (self._binary, *arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30, check=False)
