"""A private network that the scenarios of a run share: started once, in the background, while those that need none run already."""
import contextlib
import threading

from labnet.errors import LabError


class SharedLab:
    """`lab`: a labnet.lab.Lab; `settings`: what its up() takes. `frail`: its nodes end by themselves now and then, and no scenario ends
    one."""

    def __init__(self, lab, frail=False, **settings):
        self._lab, self._frail, self._settings = lab, frail, settings
        self._lock = threading.Lock()
        self._revived = 0
        self._up = False
        self._closed = False

    def begin(self):
        threading.Thread(target=self._try, daemon=True).start()

    def get(self):
        """The lab, up. Every caller gets the error if it does not come up."""
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the {self._lab.network} network has been ended")
            if not self._up:
                self._lab.up(**self._settings)
                self._up = True
            return self._lab

    def revive(self):
        """Starts the nodes of a frail lab that have ended by themselves. Returns how many there were so far."""
        with self._lock:
            if self._frail and self._up and not self._closed:
                for name in self._lab.missing():
                    with contextlib.suppress(LabError):  # else the scenario that needs it tells
                        self._revived += self._lab.revive(name)
            return self._revived

    def close(self):
        with self._lock:
            self._closed = True
            self._lab.down()

    def _try(self):
        try:
            self.get()
        except Exception:  # pylint: disable=broad-exception-caught
            pass  # the first scenario that needs it tries again and reports
