"""Test beds, networks and all else that a run of delay-tables starts, without any process. main(): the command with them."""
import contextlib
import functools
import pathlib
import threading
import time
from unittest import mock

from delaytables import record


class Bed:
    """`script`: for each call what it is: a delay in seconds, None (it fails), an exception (place() raises it), or "block" (until
    stop(), and fails); then every call takes 1 s. `fails`: what start() raises."""

    def __init__(self, script=(), fails=None, on_place=lambda: None):
        self.pause_s = 0.0
        self.events = []
        self._script, self._fails, self._on_place = list(script), fails, on_place
        self._stopped = threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.events.append("left")

    def start(self, report):
        self.events.append("start")
        report("starts")
        if self._fails:
            raise self._fails

    def place(self):
        self.events.append("place")
        self._on_place()
        outcome = self._script.pop(0) if self._script else 1.0
        if isinstance(outcome, Exception):
            raise outcome
        if outcome == "block":
            assert self._stopped.wait(20)
            outcome = None
        if outcome is None:
            return record.Call(started=time.time(), answer=503)
        return record.Call(started=time.time(), complete=1, answer=200, invite_to_180_s=outcome)

    def stop(self):
        self.events.append("stop")
        self._stopped.set()


class RawLane:
    def __init__(self, *_, fails=None):
        self._fails = fails
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.events.append("left")

    def start(self, report):
        if self._fails:
            raise self._fails

    def measure(self):
        self.events.append("measure")
        return 0.5, 0.25

    def stop(self):
        self.events.append("stop")


class Lab:
    """`log` gets what becomes of each."""
    log = []

    def __init__(self, folder, report):
        self._folder = folder

    def up(self, users, hop_delay, wire, size):
        self.log.append(f"up {self._folder.name}")

    def down(self):
        self.log.append(f"down {self._folder.name}")


class Teller:
    def __init__(self, on_tick=lambda: None):
        self.said, self.calls, self.tick, self.lost = [], [], on_tick, []
        self.say = self.said.append

    def preparing(self, what, sentence):
        pass

    def begun(self):
        pass

    def call(self, row, call, seconds):
        self.calls.append((row.name, call))

    def given_up(self, row):
        self.lost.append(row.name)


def versions(binary, networks):
    return {"sipveil": "0.1", "binary": str(binary), "commit": "c"}


class Stoppable:
    """A context; `stopped` is set by its end, or before."""

    def __init__(self):
        self.stopped = threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopped.set()


class RegisterTest(Stoppable):
    """Of those with `on_run`, each is told of what it does: on_run(way, this test) when it runs."""

    def __init__(self, ground, lane, way, folder, on_run=lambda way, test: None):
        assert folder.is_dir()
        super().__init__()
        self.way, self._on_run = way, on_run

    def run(self, report):
        self._on_run(self.way, self)
        return [(self.way, 1, "0.0", 200, "0.03"), (f"{self.way} with challenge", 1, "0.0", 200, "0.06")]


class Audit(Stoppable):
    """As RegisterTest; on_run(this audit)."""

    def __init__(self, asked, folder, on_run=lambda audit: None):
        assert folder.is_dir()
        super().__init__()
        self.asked, self._on_run = asked, on_run

    def run(self, report):
        self._on_run(self)
        return {"cells": {}}


def registering(on_run):
    """For everywhere(): on_run as RegisterTest has it."""
    return {"register.RegisterTest": functools.partial(RegisterTest, on_run=on_run)}


def auditing(on_run):
    return {"audit.Audit": functools.partial(Audit, on_run=on_run)}


@contextlib.contextmanager
def everywhere(make_bed=lambda row, ground, lane, folder: Bed(), **others):
    """In place of all that takes processes. others: of what is patched here."""
    Lab.log = []
    fakes = {"beds.make": make_bed, "raw.RawLane": RawLane, "register.RegisterTest": RegisterTest, "audit.Audit": Audit,
             "report.write": lambda directory: (pathlib.Path(directory) / "report.md").write_text("report\n", encoding="utf-8"),
             "machine.versions": versions, "labs._KINDS": {"tor": Lab, "i2p": Lab}, "lanes._LOOK_S": 0.01, "lanes._RAW_PACE": 0.002,
             "once._LOOK_S": 0.01, "holding._ROUND_S": 0.05}
    with contextlib.ExitStack() as stack:
        for name, fake in {**fakes, **others}.items():
            stack.enter_context(mock.patch(f"delaytables.{name}", fake))
        yield


def main():
    """Calls that take a while, as the command line of this process says."""
    from delaytables import command_line
    with everywhere(lambda row, ground, lane, folder: Bed(on_place=lambda: time.sleep(0.05))):
        return command_line.main()
