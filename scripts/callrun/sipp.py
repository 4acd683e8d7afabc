"""SIPp as the phones of a run."""
import collections.abc
import dataclasses
import pathlib
import time

from callrun import ports
from callrun.children import Child
from callrun.errors import RunError
from callrun.sipp_log import CallTraces

SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "sipp"
# Longer than a caller waits for an answer (timer B is 32 s), so that it hears the bridge's own.
_PATIENCE_MS = 40_000


@dataclasses.dataclass
class Where:
    """Where a SIPp lives and how it speaks. `within` as for Bridge. transport: as SIPp's -t takes it."""
    port: int
    host: str = "127.0.0.1"
    within: collections.abc.Callable = lambda command: command
    transport: str = "u1"


def _command(scenario, where, folder, name, *extra):
    (control,) = ports.free(1)
    command = ["sipp", "-sf", scenario, "-i", where.host, "-p", where.port, "-t", where.transport, "-cp", control, "-nostdin",
               "-recv_timeout", _PATIENCE_MS, "-trace_err", "-error_file", folder / f"{name}.errors", *extra]
    return where.within([str(part) for part in command])


def without_100(folder):
    """The caller's scenario, written to `folder`, for a callee without a proxy before it: nobody sends 100."""
    text = (SCENARIOS / "uac.xml").read_text(encoding="utf-8")
    assert text.count('<recv response="100"></recv>') == 1
    file = folder / "uac-without-100.xml"
    file.write_text(text.replace('<recv response="100"></recv>\n', ""), encoding="utf-8")
    return file


class Callee(Child):
    """Rings and answers each call. messages: the file with all it sends and receives, for sipp_log, if asked for."""

    def __init__(self, where, folder, with_messages=False):
        self.messages = folder / "callee.messages"
        trace = ["-trace_msg", "-message_file", self.messages] if with_messages else []
        super().__init__("SIPp (callee)", _command(SCENARIOS / "uas.xml", where, folder, "callee", *trace), folder / "callee.log")


class Caller(Child):
    """Places `count` calls to USER@domain through `proxy`, (host, port): one after the other, `gap_ms` apart, or all of them `at_once`,
    within a second."""

    def __init__(self, where, proxy, domain, count, folder, user="bob", talk_ms=200, gap_ms=0, at_once=False,
                 scenario=SCENARIOS / "uac.xml"):
        self._messages = folder / "caller.messages"
        self._messages.touch()
        self._errors = folder / "caller.errors"
        pace = ["-l", count, "-r", count] if at_once else ["-l", 1, "-r", 10, "-set", "gap_ms", int(gap_ms)]
        super().__init__("SIPp (caller)", _command(
            scenario, where, folder, "caller", "-s", user, "-key", "domain", domain, "-m", count, *pace, "-d", talk_ms,
            "-trace_msg", "-message_file", self._messages, f"{proxy[0]}:{proxy[1]}"), folder / "caller.log")
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
