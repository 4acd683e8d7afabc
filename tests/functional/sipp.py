"""SIPp as caller and as callee, for whole calls in numbers."""
import csv
import pathlib
import socket
import subprocess

from waiting import Failure, check, until

_SCENARIOS = pathlib.Path(__file__).resolve().parent / "sipp_scenarios"


def _start(folder, name, local, arguments):
    with open(folder / f"{name}.out", "wb") as output:
        return subprocess.Popen(
            ["sipp", "-sf", str(_SCENARIOS / f"{name}.xml"), "-i", local[0], "-p", str(local[1]), "-nostdin", *arguments],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


class Callee:
    """Rings, picks up and answers a BYE, until it is closed."""

    def __init__(self, folder, local):
        self._process = _start(folder, "callee", local, [])
        until(lambda: _taken(local), 10, "SIPp as callee listens")

    def check_running(self):
        check(self._process.poll() is None, "SIPp as callee has ended")

    def close(self):
        self._process.kill()
        self._process.wait()


def _taken(local):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind(local)
        except OSError:
            return True
    return False


def call(folder, local, proxy, domain, calls, rate, seconds=60):
    """Calls bob@`domain` through `proxy`; returns {"successful", "failed"}."""
    statistics = folder / "caller.csv"
    process = _start(folder, "caller", local, [
        f"{proxy[0]}:{proxy[1]}", "-s", domain, "-m", str(calls), "-r", str(rate), "-trace_stat", "-stf", str(statistics)])
    try:
        until(lambda: process.poll() is not None, seconds, f"{calls} calls of SIPp")
    finally:
        process.kill()
        process.wait()
    if not statistics.exists():
        raise Failure((folder / "caller.out").read_text(errors="replace"))
    with open(statistics, encoding="ascii", newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return {"successful": int(last["SuccessfulCall(C)"]), "failed": int(last["FailedCall(C)"])}
