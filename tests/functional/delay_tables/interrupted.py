"""scripts/delay-tables, cut off by Ctrl-C, leaves nothing running, and goes on with what is missing; every call is told with its parts."""
import csv
import json
import os
import pathlib
import signal
import subprocess

from waiting import check, equal, until

SLOW = True
# Without the wrapper, which installs what only other ways need.
_PROGRAM, _SCRIPTS = ("/usr/bin/python3", "-B", "-m", "delaytables.command_line"), pathlib.Path(__file__).resolve().parents[3] / "scripts"
_PARTS = ("circuit_s", "network_s", "proxies_s", "crypto_s", "bridge_s", "callee_s", "other_s")
_SCHEMES = ("sip", "privasip-2-ecies")
_ROWS = {f"tor-exit/paper/{scheme}/{standby}" for scheme in _SCHEMES for standby in ("fresh", "standby")}


def scenario(place):
    out, temporary = place.folder / "out", place.folder / "t"
    temporary.mkdir()
    command = [*_PROGRAM, "--binary", place.binary, "--network", "tor", "--way", "tor-exit", "--topology", "paper", "--scheme",
               ",".join(_SCHEMES), "--profile", "none", "--calls", "3", "--no-audit", "--no-register", "--out", out]
    first = start(command, temporary)
    place.own(Ending(first))
    until(lambda: first.poll() is not None or len(calls(out)) > 1, 120, lambda: f"no call: {said(first, temporary)}")
    first.send_signal(signal.SIGINT)
    until(lambda: first.poll() is not None, 60, "no end")
    equal(first.returncode, 130, said(first, temporary))
    check("--out" in said(first, temporary), f"does not tell how to go on: {said(first, temporary)}")
    nothing_left(temporary)
    before = {(one["row"], one["number"]): one for one in calls(out)}
    check(0 < len(before) < 12, f"{len(before)} calls before the interruption")

    second = start(command, temporary)
    place.own(Ending(second))
    until(lambda: second.poll() is not None, 240, lambda: f"no end: {said(second, temporary)}")
    equal(second.returncode, 0, said(second, temporary))
    nothing_left(temporary)
    whole(out, before)


def whole(out, before):
    every = calls(out)
    equal({one["row"] for one in every}, _ROWS, "rows")
    equal(len(every), 12, "calls")
    check(all(one == before.get((one["row"], one["number"]), one) for one in every), "a call that was kept has changed")
    equal(len({one["credential"] for one in every}), 12, "isolation credentials")
    for one in every:
        equal((one["complete"], one["answer"]), ("1", "200"), f"{one}")
        equal(one["source"], "standby" if one["row"].endswith("/standby") else "built", f"{one}")
        whole_s = float(one["invite_to_180_s"])
        check(abs(sum(float(one[part]) for part in _PARTS) - whole_s) < 1e-5, f"its parts are not the whole: {one}")
        check(abs(float(one["phone_s"]) - whole_s) < 0.1, f"capture and phone differ: {one}")
        check((float(one["crypto_s"]) > 0.0001) >= ("privasip" in one["row"]), f"nothing was sealed: {one}")
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    check(run["finished"] and not run["problems"], f"{run['problems']}")
    check("INVITE" in (out / "report.md").read_text(encoding="utf-8"), "no report")
    check((out / "report.html").stat().st_size > 10_000 and list((out / "plots").glob("*.svg")), "no plots")


def calls(out):
    if not (out / "calls.csv").exists():
        return []
    with open(out / "calls.csv", encoding="utf-8", newline="") as file:
        return [one for one in csv.DictReader(file) if one["credential"]]


def start(command, temporary):
    with open(temporary.parent / "said", "wb") as file:
        return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                                cwd=_SCRIPTS, env={**os.environ, "TMPDIR": str(temporary)})


def said(_process, temporary):
    return (temporary.parent / "said").read_text(encoding="utf-8", errors="replace")[-3000:]


def nothing_left(temporary):
    equal(sorted(path.name for path in temporary.iterdir()), [], "temporary files left")
    mark = str(temporary).encode()
    running = [entry.name for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and mark in command_line(entry)]
    equal(running, [], "processes left")


def command_line(entry):
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:  # ended meanwhile
        return b""


class Ending:
    """A run that does not outlive its scenario."""

    def __init__(self, process):
        self._process = process

    def close(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
