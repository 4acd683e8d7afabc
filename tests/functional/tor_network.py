"""The private Tor network of a run: started once, in the background, while scenarios that need none run already."""
import threading

from labnet.tor_lab import TorLab

# bob-b is ended by a scenario.
USERS = ("alice", "bob", "bob-b")


class TorNetwork:
    def __init__(self, folder):
        self._lab = TorLab(folder)
        self._lock = threading.Lock()
        self._status = None
        self._closed = False

    def begin(self):
        threading.Thread(target=self._try, daemon=True).start()

    def get(self):
        """The lab, up. Every caller gets the error if it does not come up."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the Tor network has been ended")
            if self._status is None:
                self._status = self._lab.up(users=USERS, wire="loopback")
            return self._lab

    def close(self):
        with self._lock:
            self._closed = True
            self._lab.down()

    def _try(self):
        try:
            self.get()
        except Exception:  # pylint: disable=broad-exception-caught
            pass  # the first scenario that needs it tries again and reports
