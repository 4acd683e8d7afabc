"""What threads are at work on, where another thread finds it that has to end it."""
import contextlib
import threading
import time

_ROUND_S = 2.0  # between one request to stop and the next


class Holding:
    """What is held has stop(), which may come from any thread, before it has begun, and more than once."""

    def __init__(self):
        self._lock = threading.Lock()
        self._held = []

    @contextlib.contextmanager
    def of(self, made):
        """`made`, entered."""
        with self._lock:
            self._held.append(made)
        try:
            with made:
                yield made
        finally:
            with self._lock:
                self._held.remove(made)

    def end(self, threads, patience):
        """Stops all that is held until the threads are over, those that have begun, for at most so many seconds. Whether they are."""
        deadline = time.monotonic() + patience
        while (alive := [thread for thread in threads if thread.is_alive()]) and time.monotonic() < deadline:
            with self._lock:
                held = list(self._held)
            for one in held:  # again and again: it may have been starting something when it was told the first time
                with contextlib.suppress(Exception):
                    one.stop()
            for thread in alive:
                thread.join(_ROUND_S / len(alive))
        return not alive
