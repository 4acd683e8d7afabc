"""A program of the trapezoid on its node: start, wait until it is ready, stop, crash, start again."""
import os
import pathlib
import signal
import time

from callrun.children import Child
from callrun.errors import RunError


class Program:
    """`identifier` names it in the trapezoid; `folder` is made and gets its log."""

    def __init__(self, identifier, place, node, folder):
        self.id, self.node = identifier, node
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log = self.folder / "log"
        self._place = place
        self._child = None

    # --- what each kind of program says of itself ---

    def command(self):
        """Its command line, as on a machine of its own."""
        raise NotImplementedError

    def ready(self):
        """Whether it can be used now; asked while it runs."""
        raise NotImplementedError

    # --- the same for all ---

    @property
    def host(self):
        return self._place.host(self.node)

    @property
    def running(self):
        return self._child is not None and self._child.exit_code is None

    @property
    def pid(self):
        return self._child.pid if self.running else None

    def status(self):
        """One word, for people and scripts."""
        if self._child is None:
            return "not started"
        code = self._child.exit_code
        return "running" if code is None else f"ended with {code}"

    def launch(self):
        """Starts it without waiting."""
        if not self.running:
            self._child = Child(self.id, self._place.command(self.node, self.command()), self.log)
        return self

    def start(self, timeout=30.0):
        self.launch()
        self.wait(self.ready, "ready", timeout)
        return self

    def wait(self, condition, what, timeout=30.0):
        """Returns the first true value of `condition()`."""
        deadline = time.monotonic() + timeout
        while True:
            self._child.require_running()
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise RunError(f"{self.id}: not {what} within {timeout:.0f} s. Its last words:\n{self._child.last_words()}")
            time.sleep(0.02)

    def ask_to_end(self):
        """SIGTERM, without waiting."""
        if self.running:
            os.kill(self._child.pid, signal.SIGTERM)

    def stop(self):
        """Returns the exit code, None if it was never started."""
        return self._child.stop() if self._child else None

    def kill(self):
        """As a crash: SIGKILL for it and its children."""
        if self.running:
            os.killpg(self._child.pid, signal.SIGKILL)  # our own child, not waited for yet: the number is still its own
            self._child.stop()

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def listens(self, port, transport="udp"):
        """Whether its network namespace has a socket bound to this port of its host."""
        wanted = "".join(f"{int(part):02X}" for part in reversed(self.host.split("."))) + f":{port:04X}"
        try:
            with open(f"/proc/{self._child.pid}/net/{transport}", encoding="ascii") as table:
                return any(line.split()[1] == wanted for line in table if ":" in line)
        except OSError:  # it has just ended
            return False
