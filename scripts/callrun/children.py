"""Child processes: their output in a file, apart from our terminal, ended by their own handle."""
import contextlib
import pathlib
import signal
import subprocess
import time

from callrun.errors import RunError


class Child:
    """A running program. `log`: the file that gets all it prints."""

    def __init__(self, name, command, log):
        self.name = name
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            try:
                # A session of its own: Ctrl-C comes to us alone, who end the children in order.
                self._process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                                 stderr=subprocess.STDOUT, start_new_session=True)
            except OSError as error:
                raise RunError(f"{name}: {command[0]} cannot be started: {error.strerror}") from error

    @property
    def pid(self):
        return self._process.pid

    @property
    def exit_code(self):
        """None while it runs."""
        return self._process.poll()

    def require_running(self):
        if self.exit_code is not None:
            raise RunError(f"{self.name} ended with {self.exit_code}. Its last words:\n{self.last_words()}")

    def wait_for(self, condition, what, timeout=10.0):
        """Until `condition()`; RunError if it ends before or takes too long."""
        deadline = time.monotonic() + timeout
        while not condition():
            self.require_running()
            if time.monotonic() > deadline:
                raise RunError(f"{self.name}: not {what} within {timeout:.0f} s. Its last words:\n{self.last_words()}")
            time.sleep(0.01)

    def last_words(self, lines=12):
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def stop(self, patience=6.0):
        """Kindly, after `patience` seconds by force. Returns the exit code. A second call does nothing."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        if self.exit_code is None:
            self._process.kill()
        return self._process.wait()

    def kill(self):
        """As a crash: SIGKILL, no patience. Returns when it is gone."""
        self._process.kill()
        return self._process.wait()
