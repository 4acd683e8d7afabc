"""What a phone sends to a SOCKS port and gets from it, by tshark on the loopback interface between them."""
import dataclasses
import subprocess
import time

from delaytables import tshark

_FIELDS = ("frame.time_epoch", "tcp.stream", "tcp.flags.syn", "sip.Call-ID", "sip.Method", "sip.Status-Code")
_PROBE = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()"


@dataclasses.dataclass(frozen=True)
class Seen:
    """Seconds until 180 came, from the INVITE and from the first packet of the connection; None: not seen."""
    invite_to_180_s: float = None
    setup_s: float = None


class SocksCapture(tshark.Tshark):
    """sip_port: where the phone has itself connected to."""

    def __init__(self, within, folder, socks_port, sip_port):
        self._within = within
        self._opened = {}   # time of the first packet of each connection
        self._calls = {}    # by Call-ID: (time, connection, method, statuses)
        super().__init__(within, folder, f"tcp port {socks_port}", "sip || (tcp.flags.syn == 1 && tcp.flags.ack == 0)",
                         [f"tcp.port=={socks_port},socks", f"tcp.port=={sip_port},sip"], _FIELDS)

    def wait_ready(self, socks):
        """Until a connection to `socks`, (host, port), has been seen."""
        command = self._within(["/usr/bin/python3", "-c", _PROBE, *map(str, socks)])
        self.wait_seeing(lambda: subprocess.run(command, check=False, timeout=10, capture_output=True), self._any)

    def take(self, call_id):
        """The Seen of a call that rang; it is forgotten."""
        deadline = time.monotonic() + tshark.SETTLE_S
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

    def _any(self):
        self._feed()
        return bool(self._opened)

    def _feed(self):
        for moment, connection, syn, call_id, method, statuses in self.packets():
            if syn == "1":
                self._opened.setdefault(connection, float(moment))
            elif call_id:  # two messages in one packet come with a comma
                self._calls.setdefault(call_id.split(",")[0], []).append((float(moment), connection, method, statuses.split(",")))
