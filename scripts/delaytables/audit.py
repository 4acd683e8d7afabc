"""The audit of a run as a process of its own, beside what else the run does at its end; it is ended as any command is, by SIGTERM."""
import dataclasses
import json
import pathlib
import sys
import threading

from callrun import command
from callrun.children import Child
from callrun.errors import RunError
from callrun.progress import Progress

_NAME = "audit"
_MODULE = ("-m", "delaytables.audit")
_SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
_LOOK_S = 0.2
_ENDS_S = 150.0  # two networks go down, and what uses them


@dataclasses.dataclass(frozen=True)
class Asked:
    """As criteria.run() takes it. calls_csv: no line of it comes any more."""
    binary: pathlib.Path
    networks: list
    schemes: list
    calls_csv: pathlib.Path


class Audit:
    """A context. run() may be called once; stop() may come from another thread and ends it, it then raises RunError. Whatever it writes is in
    `folder`, which is there."""

    def __init__(self, asked, folder):
        self._log, self._result = folder / "log", folder / "criteria.json"
        told = {name: getattr(asked, name) for name in ("networks", "schemes")} | {
            "binary": str(asked.binary), "calls_csv": str(asked.calls_csv), "folder": str(folder / "a"), "result": str(self._result)}
        self._command = ["env", f"PYTHONPATH={_SCRIPTS}", sys.executable, "-B", *_MODULE, json.dumps(told)]
        self._stopped = threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, report=lambda sentence: None):
        """What criteria.json holds. report() gets what it tells, while it goes on."""
        child = Child(_NAME, self._command, self._log)
        try:
            lines = _Lines(self._log)
            while child.exit_code is None and not self._stopped.wait(_LOOK_S):
                lines.tell(report)
        finally:
            code = child.stop(_ENDS_S)
        if self._stopped.is_set():
            raise RunError("the audit was stopped")
        lines.tell(report)
        if code != 0:
            raise RunError(child.last_words(1).removeprefix(f"{_NAME}: ") or f"ended with {code}, without a word")
        return json.loads(self._result.read_text(encoding="utf-8"))

    def stop(self):
        self._stopped.set()


class _Lines:
    """Those that are new in a file that grows."""

    def __init__(self, file):
        self._file, self._read = file, 0

    def tell(self, report):
        with open(self._file, "rb") as opened:
            opened.seek(self._read)
            new = opened.read()
        whole = new[:new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            report(line)


# --- within that process ---

def main():
    """Its only argument is the JSON that Audit made; the exit code."""
    asked = json.loads(sys.argv[1])
    return command.guarded(_NAME, Progress(_NAME, quiet=True), lambda: _write(asked))


def _write(asked):
    from delaytables import criteria  # and with it all that the audit starts
    found = criteria.run(pathlib.Path(asked["binary"]), pathlib.Path(asked["folder"]), asked["networks"], asked["schemes"],
                         lambda sentence: print(sentence, flush=True), pathlib.Path(asked["calls_csv"]))
    pathlib.Path(asked["result"]).write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
