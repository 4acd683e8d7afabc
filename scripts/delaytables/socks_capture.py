"""What a phone sends to a SOCKS port and gets from it, by tshark on the loopback interface between them."""
import dataclasses
import subprocess
import time

from callrun.children import Child
from callrun.errors import RunError

_FIELDS = ("frame.time_epoch", "tcp.stream", "tcp.flags.syn", "sip.Call-ID", "sip.Method", "sip.Status-Code")
_SETTLE_S = 2.0   # tshark tells a packet some tenths of a second after it has passed
_READY_S = 20.0
_PROBE = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()"


@dataclasses.dataclass(frozen=True)
class Seen:
    """Seconds until 180 came, from the INVITE and from the first packet of the connection; None: not seen."""
    invite_to_180_s: float = None
    setup_s: float = None


class SocksCapture(Child):
    """Runs from now to stop(). `within` turns a command line into one that runs where the phone is; `folder` gets what tshark writes, its
    temporary file among it. sip_port: where the phone has itself connected to."""

    def __init__(self, within, folder, socks_port, sip_port):
        self._within = within
        self._output, self._read = folder / "tshark.out", 0
        self._output.touch()
        self._opened = {}   # time of the first packet of each connection
        self._calls = {}    # by Call-ID: (time, connection, method, statuses)
        command = ["tshark", "-n", "-l", "-Q", "-i", "lo", "-f", f"tcp port {socks_port}", "-Y", "sip || (tcp.flags.syn == 1 && tcp.flags.ack == 0)",
                   "-d", f"tcp.port=={socks_port},socks", "-d", f"tcp.port=={sip_port},sip", "-T", "fields", "-E", "separator=/t",
                   *(word for field in _FIELDS for word in ("-e", field))]
        super().__init__("tshark", within(["env", f"TMPDIR={folder}", *command]), self._output)

    def wait_ready(self, socks):
        """Until a connection to `socks`, (host, port), has been seen."""
        deadline = time.monotonic() + _READY_S
        while not self._opened:
            self.require_running()
            if time.monotonic() > deadline:
                raise RunError("tshark captures nothing")
            subprocess.run(self._within(["/usr/bin/python3", "-c", _PROBE, *map(str, socks)]), check=False, timeout=10, capture_output=True)
            time.sleep(0.2)
            self._feed()

    def take(self, call_id):
        """The Seen of a call that rang; it is forgotten."""
        deadline = time.monotonic() + _SETTLE_S
        while not any("180" in statuses for _, _, _, statuses in self._calls.get(call_id, [])) and time.monotonic() < deadline:
            time.sleep(0.05)
            self._feed()
        messages = self._calls.pop(call_id, [])
        invite = next((one for one in messages if one[2] == "INVITE"), None)
        ringing = next((one for one in messages if "180" in one[3]), None)
        if not invite or not ringing:
            return Seen()
        opened = self._opened.pop(invite[1], None)
        return Seen(ringing[0] - invite[0], None if opened is None else ringing[0] - opened)

    def _feed(self):
        with open(self._output, encoding="utf-8", errors="replace") as file:
            file.seek(self._read)
            for line in iter(file.readline, ""):
                if not line.endswith("\n"):
                    break
                self._read = file.tell()
                fields = line.rstrip("\n").split("\t")
                if len(fields) != len(_FIELDS) or not fields[1].isdigit():
                    continue
                moment, connection, syn, call_id, method, statuses = fields
                if syn == "1":
                    self._opened.setdefault(connection, float(moment))
                elif call_id:  # two messages in one packet come with a comma
                    self._calls.setdefault(call_id.split(",")[0], []).append((float(moment), connection, method, statuses.split(",")))
