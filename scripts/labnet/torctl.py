"""A small Tor control-port client (control-spec): commands, and events with the time they came in."""
import collections
import re
import socket
import threading
import time

from labnet.errors import LabError

Event = collections.namedtuple("Event", "time line")  # time.monotonic(), text behind "650 " or "650-"


class ControlError(LabError):
    """tor refused a command or closed the connection."""


class Controller:
    """One authenticated connection. `target` is the path of a unix socket or (host, port)."""

    def __init__(self, target, timeout=30.0):
        if isinstance(target, tuple):
            self._socket = socket.create_connection(target, timeout)
        else:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(timeout)
            self._socket.connect(str(target))
        self._socket.settimeout(None)
        self._timeout = timeout
        self._lines = self._socket.makefile("r", encoding="utf-8", errors="replace", newline="\r\n")
        self._changed = threading.Condition()
        self._replies = collections.deque()
        self._open = True
        self.events = []
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()
        self._authenticate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reader.join()
        self._lines.close()
        self._socket.close()

    def command(self, line):
        """Sends one line; returns the reply's lines without their codes. ControlError unless it is a 25x."""
        with self._changed:
            self._replies.clear()
        try:
            self._socket.sendall(line.encode() + b"\r\n")
        except OSError as error:
            raise ControlError(f"{line.split()[0]}: {error}") from error
        with self._changed:
            if not self._changed.wait_for(lambda: self._replies or not self._open, self._timeout) or not self._replies:
                raise ControlError(f"{line.split()[0]}: no answer from tor")
            code, lines = self._replies.popleft()
        if not code.startswith("25"):
            raise ControlError(f"{line.split()[0]}: {code} {lines[-1]}")
        return lines

    def get_info(self, key):
        first = self.command(f"GETINFO {key}")[0]
        return first.split("=", 1)[1].lstrip("\n")

    def set_conf(self, **options):
        self.command("SETCONF " + " ".join(f'{name}="{value}"' for name, value in options.items()))

    def bootstrapped(self):
        return "PROGRESS=100" in self.get_info("status/bootstrap-phase")

    def wait_event(self, matches, timeout, start=0):
        """First event from index `start` on whose line `matches`, or None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        index = start
        with self._changed:
            while True:
                for index in range(index, len(self.events)):
                    if matches(self.events[index].line):
                        return self.events[index]
                index = len(self.events)
                left = deadline - time.monotonic()
                if left <= 0 or not self._open:
                    return None
                self._changed.wait(left)

    def _authenticate(self):
        methods = "\n".join(self.command("PROTOCOLINFO 1"))
        if "NULL" in methods.split("COOKIEFILE")[0]:
            self.command("AUTHENTICATE")
            return
        cookie_file = re.search(r'COOKIEFILE="([^"]+)"', methods)
        if not cookie_file:
            raise ControlError("tor offers no cookie authentication")
        with open(cookie_file.group(1), "rb") as file:
            self.command("AUTHENTICATE " + file.read().hex())

    def _read_all(self):
        try:
            while (reply := self._read_reply()) is not None:
                code, lines = reply
                with self._changed:
                    if code.startswith("6"):
                        self.events.append(Event(time.monotonic(), "\n".join(lines)))
                    else:
                        self._replies.append(reply)
                    self._changed.notify_all()
        except (OSError, ValueError):  # closed by us or reset by tor
            pass
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _read_reply(self):
        """(code, lines); a data block is appended to its line. None at the end of the stream."""
        lines = []
        while line := self._lines.readline():
            line = line.rstrip("\r\n")
            code, kind, text = line[:3], line[3:4], line[4:]
            if kind == "+":
                for block_line in iter(lambda: self._lines.readline().rstrip("\r\n"), "."):
                    text += "\n" + block_line.removeprefix(".")
            lines.append(text)
            if kind == " ":
                return code, lines
        return None
