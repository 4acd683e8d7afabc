"""The program under test as a process: started, asked, ended, and looked at when it is gone."""
import json
import re
import signal
import socket
import subprocess
import time

from waiting import Failure, check, equal, until

# What a sanitizer writes; it also makes the exit code other than 0, but its words are what a reader needs.
SANITIZER_WORDS = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:")
# Longer than the 5 s of SIGTERM: the sanitizers look for leaks at the end, on a busy machine.
_END_PATIENCE = 20


class Bridge:
    """One `sipveil run`. Its log and its configuration lie in a folder of its own. `within` turns its command line into one that runs
    where it lives."""

    def __init__(self, binary, folder, name, config, within=lambda command: command):
        self.name = name
        self.folder = folder / name
        self.folder.mkdir()
        self.state = self.folder / "state"
        self.config = self.folder / "sipveil.toml"
        self.log_file = self.folder / "log"
        self.process = None
        self.expected_codes = {0}
        self._binary, self._within = binary, within
        self.configure(config)

    def configure(self, config):
        self.config.write_text(config.replace("@STATE@", str(self.state)))

    def launch(self):
        with open(self.log_file, "ab") as log:
            command = self._within([str(self._binary), "run", "-c", str(self.config)])
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True)
        return self

    def start(self):
        before = self.log().count(" ready: ")
        self.launch()
        self.wait_log(lambda log: log.count(" ready: ") > before, "ready")
        return self

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def wait_log(self, what, description=None, seconds=15):
        """what: text, or a function of the whole log."""
        found = what if callable(what) else lambda log: what in log

        def seen():
            if found(self.log()):
                return True
            if self.process.poll() is not None:
                raise Failure(f"{self.name} ended with {self.process.returncode}:\n{self.log()}")
            return False
        until(seen, seconds, f"{self.name} logs {description or what!r}")

    def command(self, *arguments, seconds=60):
        """Another command of the program with the same configuration: its CompletedProcess."""
        return subprocess.run([self._binary, *arguments, "-c", self.config], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=seconds, check=False)

    def status(self):
        with socket.socket(socket.AF_UNIX) as asker:
            asker.settimeout(10)
            asker.connect(str(self.state / "status.sock"))
            return json.loads(asker.makefile("rb").read())

    def wait_status(self, condition, what, seconds=15):
        return until(lambda: (lambda status: status if condition(status) else None)(self.status()), seconds, what)

    def terminate(self, seconds=_END_PATIENCE):
        """SIGTERM; returns (exit code, seconds it took)."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.wait_end(seconds)
        return code, time.monotonic() - begin

    def wait_end(self, seconds=_END_PATIENCE):
        """The exit code."""
        until(lambda: self.process.poll() is not None, seconds, f"{self.name} ends")
        return self.process.returncode

    def kill(self):
        """As a crash."""
        self.process.kill()
        self.process.wait()
        self.expected_codes = {-signal.SIGKILL}

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def ask_to_end(self):
        if self.alive():
            self.expected_codes = {0}
            self.process.send_signal(signal.SIGTERM)

    def finish(self):
        """Waits for the end and judges it. Whatever happens, the process is gone afterwards."""
        if self.process is None:
            return
        try:
            self.process.wait(_END_PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{self.name} did not end within {_END_PATIENCE} s of SIGTERM") from error
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        check(not SANITIZER_WORDS.search(self.log()), f"{self.name}: a sanitizer found something")
        check(self.process.returncode in self.expected_codes,
              f"{self.name} ended with {self.process.returncode} instead of {sorted(self.expected_codes)}")

    def refused_to_start(self):
        """Launches it and expects exit code 2 with one line, which is returned."""
        self.expected_codes = {2}
        lines_before = len(self.log().splitlines())
        self.launch()
        equal(self.wait_end(), 2, "exit code")
        lines = self.log().splitlines()[lines_before:]
        equal(len(lines), 1, f"number of lines in {lines}")
        return lines[0]
