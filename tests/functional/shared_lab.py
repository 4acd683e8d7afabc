"""A private network that the scenarios of a run share: started once, in the background, while those that need none run already."""
import threading


class SharedLab:
    """`lab`: a labnet.lab.Lab; `settings`: what its up() takes."""

    def __init__(self, lab, **settings):
        self._lab, self._settings = lab, settings
        self._lock = threading.Lock()
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

    def close(self):
        with self._lock:
            self._closed = True
            self._lab.down()

    def _try(self):
        try:
            self.get()
        except Exception:  # pylint: disable=broad-exception-caught
            pass  # the first scenario that needs it tries again and reports
