"""SIPp on both ends of a hop, and what the hop did meanwhile."""
import os
import re
import subprocess
import time

from .hops import free_ports
from .processes import Failure, Process, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
# SIPp's own buffer: its default loses datagrams under load, which would be counted as the hop's failures.
SIPP = ["sipp", "-i", "127.0.0.1", "-nostdin", "-buff_size", "4000000", "-nd", "-default_behaviors", "none"]


class Callee:
    def __init__(self, folder):
        (self.port,) = free_ports(1)
        self.process = Process("sipp-callee", SIPP + ["-sf", f"{HERE}/uas.xml", "-p", str(self.port)], folder)
        time.sleep(0.3)
        self.process.require_alive()

    def stop(self):
        # SIPp takes USR1 for "finish what is under way"; nothing is, so an ordinary end is quicker.
        self.process.stop(1.0)


def run_calls(hop, folder, calls, rate, hold_ms=0, patience=120):
    """Places `calls` at `rate` per second. Returns (completed, failed, retransmissions)."""
    (port,) = free_ports(1)
    argv = SIPP + ["-sf", f"{HERE}/uac.xml", "-p", str(port), "-s", "callee", f"127.0.0.1:{hop.port}",
                   "-m", str(calls), "-r", str(rate), "-l", str(max(calls, 1)), "-d", str(hold_ms),
                   "-recv_timeout", "20000", "-timeout", f"{patience}s", "-trace_stat", "-stf", f"{folder}/stat.csv",
                   "-fd", "1"]
    caller = Process("sipp-caller", argv, folder)
    return caller


def outcome(folder):
    """The last line of SIPp's statistics."""
    with open(f"{folder}/stat.csv", encoding="ascii", errors="replace") as stat:
        lines = [line.rstrip("\n").split(";") for line in stat if ";" in line]
    if len(lines) < 2:
        raise Failure("SIPp wrote no statistics")
    row = dict(zip(lines[0], lines[-1]))
    return {"completed": int(row["SuccessfulCall(C)"]), "failed": int(row["FailedCall(C)"]),
            "retransmissions": int(row["Retransmissions(C)"])}


def place(hop, folder, calls, rate, patience=120):
    """A whole run. Returns its outcome with the processor time of one hop for one call."""
    stat = f"{folder}/stat.csv"
    if os.path.exists(stat):
        os.unlink(stat)
    before, started = hop.cpu_seconds(), time.monotonic()
    caller = run_calls(hop, folder, calls, rate, patience=patience)
    try:
        caller.child.wait(patience + 30)
    except subprocess.TimeoutExpired as error:
        raise Failure("SIPp does not end") from error
    finally:
        caller.stop(1.0)
    result = outcome(folder)
    result["seconds"] = time.monotonic() - started
    result["cpu_us_per_call"] = (hop.cpu_seconds() - before) / calls * 1e6
    return result


def hold(hop, folder, calls, rate):
    """Memory for one established call: `calls` are set up and held; the growth is read while all of them stand."""
    before = hop.memory_bytes()
    set_up = calls / rate
    caller = run_calls(hop, folder, calls, rate, hold_ms=int((set_up + 12) * 1000), patience=int(set_up + 60))
    try:
        time.sleep(set_up + 6)
        held = hop.memory_bytes()
        wait_until(lambda: not caller.alive(), "the end of the held calls", 90)
    finally:
        caller.stop(1.0)
    result = outcome(folder)
    if result["completed"] != calls:
        raise Failure(f"only {result['completed']} of {calls} held calls completed")
    return (held - before) / calls


def version_of(argv, pattern):
    text = subprocess.run(argv, capture_output=True, text=True, check=False)
    found = re.search(pattern, text.stdout + text.stderr)
    return found.group(1) if found else "?"
