"""INVITE -> 180 by a capture at the caller, as the papers measured it: tshark on the interface between a phone and its sipveil."""
import threading
import time

from callrun.children import Child
from callrun.errors import RunError

_FIELDS = ("frame.time_epoch", "sip.Call-ID", "sip.CSeq.seq", "sip.CSeq.method", "sip.Method", "sip.Status-Code")
_SETTLE_S = 2.0  # tshark tells a packet some tenths of a second after it has passed


class Capture:
    """Runs from the start to stop(). `within` turns a command line into one that runs where the phone is; `folder` gets what tshark
    writes, its temporary file among it."""

    def __init__(self, within, folder, port):
        self._lines, self._read = folder / "tshark.out", 0
        self._calls = {}
        self._lock = threading.Lock()
        command = ["tshark", "-n", "-l", "-Q", "-i", "lo", "-f", f"udp port {port}", "-Y", "sip", "-d", f"udp.port=={port},sip", "-T", "fields",
                   "-E", "separator=/t", *(word for field in _FIELDS for word in ("-e", field))]
        self._child = Child("tshark", within(["env", f"TMPDIR={folder}", *command]), self._lines)
        self._lines.touch()

    def wait_ready(self, probe, timeout=20.0):
        """Until what `probe()` sends to the port has been captured."""
        deadline = time.monotonic() + timeout
        while not self._calls:
            self._child.require_running()
            if time.monotonic() > deadline:
                raise RunError("tshark captures nothing")
            probe()
            time.sleep(0.2)
            self._feed()

    def invite_to_180_s(self, call_id):
        """None if it did not ring."""
        deadline = time.monotonic() + _SETTLE_S
        while True:
            self._feed()
            with self._lock:
                seen = self._calls.get(call_id, [])
                ringing = next((one for one in seen if one[3] == "180"), None)
                if ringing:
                    sent = [one for one in seen if one[2] == "INVITE" and one[1] == ringing[1]]
                    return ringing[0] - sent[0][0] if sent else None
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)

    def forget(self, call_id):
        with self._lock:
            self._calls.pop(call_id, None)

    def stop(self):
        self._child.stop(2.0)

    def _feed(self):
        with self._lock, open(self._lines, encoding="utf-8", errors="replace") as file:
            file.seek(self._read)
            for line in iter(file.readline, ""):
                if not line.endswith("\n"):
                    break
                self._read = file.tell()
                fields = line.rstrip("\n").split("\t")
                if len(fields) == len(_FIELDS) and fields[3] in ("INVITE", "OPTIONS"):
                    self._calls.setdefault(fields[1], []).append((float(fields[0]), fields[2], fields[4], fields[5]))
