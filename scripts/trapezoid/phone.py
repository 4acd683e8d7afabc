"""A SIP phone of a user, played by SIPp with the scenarios of scripts/sipp."""
import dataclasses
import itertools
import pathlib
import time

from callrun import ports
from callrun.errors import RunError
from trapezoid.program import Program

SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "sipp"
CALLEE_PORT = 5062  # where the phone is registered
CALLER_PORT = 5064
# Longer than a caller waits for an answer (timer B is 32 s), so that it hears the bridge's own.
_PATIENCE_MS = 40_000


@dataclasses.dataclass(frozen=True)
class User:
    name: str
    domain: str
    password: str
    display: str

    @property
    def address(self):
        return f"{self.name}@{self.domain}"


class Run(Program):
    """One SIPp with one scenario."""

    def __init__(self, identifier, place, node, folder, scenario, port, options, listening):
        super().__init__(identifier, place, node, folder)
        self.messages = self.folder / "messages"
        self.messages.touch()
        self._errors = self.folder / "errors"
        self._port, self._listening = port, listening
        (control,) = ports.free(1)
        self._command = ["sipp", "-sf", SCENARIOS / f"{scenario}.xml", "-i", self.host, "-p", port, "-cp", control, "-nostdin",
                         "-recv_timeout", _PATIENCE_MS, "-trace_err", "-error_file", self._errors,
                         "-trace_msg", "-message_file", self.messages, *options]

    def command(self):
        return self._command

    def ready(self):
        return self.listens(self._port)

    def begin(self):
        """A callee listens when this returns; a caller may already be through."""
        return self.start() if self._listening else self.launch()

    def wait_ended(self, timeout=60.0):
        """RunError if it still runs then."""
        deadline = time.monotonic() + timeout
        while self.running:
            if time.monotonic() > deadline:
                self.kill()
                raise RunError(f"{self.id}: not through within {timeout:.0f} s\n{self.complaints()}")
            time.sleep(0.01)

    def finish(self, timeout=60.0):
        """Waits for its end; RunError, with what SIPp complained of, unless every call went as the scenario says."""
        self.wait_ended(timeout)
        if self.stop() != 0:
            raise RunError(f"{self.id} ended with {self.stop()}\n{self.complaints()}")
        return self

    def complaints(self):
        """What SIPp wrote about unexpected messages, shortened; its last words if nothing."""
        text = self._errors.read_text(encoding="utf-8", errors="replace").strip() if self._errors.exists() else ""
        return text[:3000] or self._child.last_words()


class Phone:
    """`proxy`: host:port that gets all it sends. Keeps the logs of each run in a folder of its own below `folder`."""

    def __init__(self, place, node, user, proxy, folder):
        self.user, self.node = user, node
        self._place, self._proxy, self._folder = place, proxy, pathlib.Path(folder)
        self._numbers = itertools.count(1)
        self._runs = []

    def stop(self):
        """Ends what still runs."""
        for run in self._runs:
            run.kill()

    def register(self, expires=600, scenario="register", **keys):
        """From the port on which the phone takes calls: no callee may be running."""
        return self._run(scenario, CALLEE_PORT, ["-m", 1, *self._login(self.user.domain), self._proxy],
                         {"expires": expires, **keys}).begin().finish()

    def unregister(self):
        return self.register(scenario="unregister")

    def take_calls(self, scenario="call-callee", count=None, talk_ms=0, **keys):
        """A running callee; with `count` it ends after so many calls."""
        options = ["-d", talk_ms, *(["-m", count] if count else [])]
        return self._run(scenario, CALLEE_PORT, options, keys, listening=True).begin()

    def place_call(self, to, scenario="call-caller", talk_ms=0, count=1, port=CALLER_PORT, **keys):
        """Begins calls to the User `to`, one after the other; finish() the result."""
        options = ["-m", count, "-l", 1, "-r", 10, "-d", talk_ms, "-s", to.name, *self._login(to.address), self._proxy]
        return self._run(scenario, port, options, {"peer_domain": to.domain, **keys}).begin()

    def _login(self, digest_uri):
        return ["-au", self.user.name, "-ap", self.user.password, "-auth_uri", digest_uri]

    def _run(self, scenario, port, options, keys, listening=False):
        keys = {"user": self.user.name, "domain": self.user.domain, "display": self.user.display, "refer_user": "carol",
                "refer_domain": "b.example", "expires": 600, **keys}
        told = [part for name, value in keys.items() for part in ("-key", name, value)]
        name = f"{self.user.name}-{next(self._numbers)}-{scenario}"
        run = Run(name, self._place, self.node, self._folder / name, scenario, port, [*told, *options], listening)
        self._runs = [one for one in self._runs if one.running] + [run]
        return run
