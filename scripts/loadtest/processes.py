"""Processes of a load run: started in their own folder, measured through /proc, ended by their own handle."""
import os
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A load run cannot go on; the text is for the user."""


class Process:
    """A child with its output in a file. Counts the processor time and memory of itself and its own children."""

    def __init__(self, name, argv, folder):
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "wb") as output:
            self.child = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=subprocess.STDOUT, start_new_session=True)

    def pids(self):
        """The child and its descendants (Kamailio forks)."""
        parents = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
                    parents[int(entry)] = int(stat.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
        found, todo = [], [self.child.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            todo += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu_seconds(self):
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident_bytes(self):
        with open(f"/proc/{self.child.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def alive(self):
        return self.child.poll() is None

    def require_alive(self):
        if not self.alive():
            with open(self.log, encoding="utf-8", errors="replace") as log:
                raise Failure(f"{self.name} ended: {log.read().strip()[-600:]}")

    def stop(self, patience=6.0):
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


def wait_until(condition, what, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.02)
