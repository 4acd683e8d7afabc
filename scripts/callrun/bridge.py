"""A sipveil with its configuration and state in a folder of its own."""
import json
import pathlib
import subprocess
import time

from callrun.children import Child
from callrun.errors import RunError

_CHOICE_S = 5.0  # a pool that is full may go on opening links, to find faster ones


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

    def wait(self, ready, what, timeout=90.0, report=lambda sentence: None, sentence=lambda status: status["tor"]):
        """Returns the first status for which `ready(status)`. `report` gets each new sentence about the network meanwhile, which
        `sentence` makes of a status."""
        deadline = time.monotonic() + timeout
        told = None
        while True:
            self.child.require_running()
            status = self.status()
            if status is not None:
                if ready(status):
                    return status
                if sentence(status) != told:
                    told = sentence(status)
                    report(told)
            if time.monotonic() > deadline:
                raise RunError(f"{self.child.name}: {what} not within {timeout:.0f} s ({told or 'no status'}). Its last words:\n"
                               f"{self.child.last_words()}")
            time.sleep(0.1)

    def wait_up(self, timeout=30.0):
        """Until it answers: its listeners are open then."""
        return self.wait(lambda status: True, "up", timeout)

    def wait_standby(self, timeout=90.0, report=lambda sentence: None, sentence=lambda status: status["tor"]):
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
            self.wait(ready, "the standby links ready", timeout, report, sentence)
            return pools
        except RunError as error:
            raise RunError(f"{error}\nIts pools: {json.dumps(pools)}") from error

    def stop(self):
        return self.child.stop()


def _full(pool):
    return pool["ready"] >= pool["wanted"] and pool["waiting"] == 0

