"""INVITE -> 180 by a capture at the caller, as the papers measured it: tshark on the interface between a phone and its sipveil."""
import time

from delaytables import tshark

_FIELDS = ("frame.time_epoch", "sip.Call-ID", "sip.CSeq.seq", "sip.CSeq.method", "sip.Method", "sip.Status-Code")
_METHODS = ("INVITE", "OPTIONS")  # of calls, and of what wait_ready() sends


class Capture(tshark.Tshark):
    """Of the UDP port at which a sipveil takes what its phone sends."""

    def __init__(self, within, folder, port):
        self._calls = {}  # by Call-ID: (time, CSeq number, method of a request, status of a response)
        super().__init__(within, folder, f"udp port {port}", "sip", [f"udp.port=={port},sip"], _FIELDS)

    def wait_ready(self, probe):
        """Until what `probe()` sends to the port has been captured."""
        self.wait_seeing(probe, self._any)

    def invite_to_180_s(self, call_id):
        """None if it did not ring."""
        deadline = time.monotonic() + tshark.SETTLE_S
        while True:
            self._feed()
            seen = self._calls.get(call_id, [])
            ringing = next((one for one in seen if one[3] == "180"), None)
            if ringing:
                sent = [one for one in seen if one[2] == "INVITE" and one[1] == ringing[1]]
                return ringing[0] - sent[0][0] if sent else None
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)

    def forget(self, call_id):
        self._calls.pop(call_id, None)

    def _any(self):
        self._feed()
        return bool(self._calls)

    def _feed(self):
        for moment, call_id, number, answered, method, status in self.packets():
            if answered in _METHODS:
                self._calls.setdefault(call_id, []).append((float(moment), number, method, status))
