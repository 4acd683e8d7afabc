"""SIPp as the phones of a run."""
import pathlib
import time

from callrun import ports
from callrun.children import Child
from callrun.errors import RunError
from callrun.sipp_log import CallTraces

SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "sipp"
# Longer than a caller waits for an answer (timer B is 32 s), so that it hears the bridge's own.
_PATIENCE_MS = 40_000


def _command(scenario, port, folder, name, *extra):
    (control,) = ports.free(1)
    return ["sipp", "-sf", SCENARIOS / scenario, "-i", "127.0.0.1", "-p", port, "-cp", control, "-nostdin",
            "-recv_timeout", _PATIENCE_MS, "-trace_err", "-error_file", folder / f"{name}.errors", *extra]


class Callee(Child):
    """Rings and answers each call. `within` as for Bridge."""

    def __init__(self, port, folder, within=lambda command: command):
        command = [str(part) for part in _command("uas.xml", port, folder, "callee")]
        super().__init__("SIPp (callee)", within(command), folder / "callee.log")


class Caller(Child):
    """Places `count` calls to USER@domain through `proxy_port`: one after the other, `gap_ms` apart, or all of them `at_once`, within a
    second."""

    def __init__(self, port, proxy_port, domain, count, folder, user="bob", talk_ms=200, gap_ms=0, at_once=False):
        self._messages = folder / "caller.messages"
        self._messages.touch()
        self._errors = folder / "caller.errors"
        pace = ["-l", count, "-r", count] if at_once else ["-l", 1, "-r", 10, "-set", "gap_ms", int(gap_ms)]
        super().__init__("SIPp (caller)", _command(
            "uac.xml", port, folder, "caller", "-s", user, "-key", "domain", domain, "-m", count, *pace, "-d", talk_ms,
            "-trace_msg", "-message_file", self._messages, f"127.0.0.1:{proxy_port}"), folder / "caller.log")
        self.count = count

    def watch(self, progress=lambda traces: None, also=lambda: None):
        """Returns the CallTraces when the last call has ended. Meanwhile `progress(traces)` and `also()` are called some times
        a second; `also` may raise to end the run."""
        traces = CallTraces()
        with open(self._messages, "rb") as log:
            while True:
                ended = self.exit_code is not None  # looked at before reading, so that nothing is missed
                traces.feed(log.read())
                progress(traces)
                if ended:
                    break
                also()
                time.sleep(0.1)
        if not traces.all():
            raise RunError(f"SIPp placed no call. Its last words:\n{self.last_words()}")
        return traces

    def complaints(self):
        """What SIPp wrote about unexpected messages, shortened; "" if nothing."""
        try:
            return self._errors.read_text(encoding="utf-8", errors="replace").strip()[:2000]
        except FileNotFoundError:
            return ""
