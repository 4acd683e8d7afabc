"""A private Tor network in a folder: start it, stop it, look at it, hurt it."""
import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import signal
import time

from labnet import processes, tor_start, topology
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.settings import Settings
from labnet.torctl import Controller

_LONGEST_SOCKET_PATH = 107  # the kernel's limit
# Everything but the keys, which make the next start faster.
_PASSING_FILES = ("nodes", "keys.new", "lab.json", "ready", "bandwidths", "client.torrc.inc")


class TorLab:
    """The network in `folder`. All of its state is there, so that any process can open it and go on."""

    def __init__(self, folder, report=lambda line: None):
        """report: called with lines that tell the progress."""
        self.folder = pathlib.Path(folder).resolve()
        self._report = report
        self._settings = Settings.load(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    # --- the whole network ---

    def up(self, users=("alice", "bob"), hop_delay=0.0, wire=None, size=topology.Size()):
        """Starts the network, or uses the one that is up. Returns status(). After any failure nothing runs.

        users: names of tors for callers and callees. hop_delay: what HopDelay.of takes, ms at each relay. wire: "loopback", "relays",
        "namespaces", or None for the best to be had.
        """
        users, hop_delay = list(users), HopDelay.of(hop_delay)
        self._check_names(users)
        self._make_folder(users)
        with self._locked():
            self._settings = Settings.load(self.folder)
            if self.state() == "up":
                self._check_same(users, hop_delay, wire, size)
                self._report(f"already up in {self.folder}")
                return self.status()
            begin = time.monotonic()
            self._clean()
            try:
                self._settings = tor_start.choose_wire(self.folder, users, hop_delay, size, wire, self._report)
                tor_start.start(self, self._settings.nodes, self._report)
                (self.folder / "ready").touch()
            except BaseException:
                self._clean()
                raise
            self._report(f"up in {time.monotonic() - begin:.1f} s")
            return self.status()

    def down(self):
        """Ends every process and removes every file but the keys. Returns how many processes it ended."""
        if not self.folder.exists():  # removed by hand, perhaps while the network ran
            return self._clean()
        with self._locked():
            return self._clean()

    def state(self):
        """"up", "down", or "incomplete": it is being started, its start was cut off, or a node is missing."""
        if not processes.find(self.folder):
            return "down"
        return "up" if (self.folder / "ready").exists() and not self.missing() else "incomplete"

    def missing(self):
        """Names of what should run and does not."""
        if self._settings is None:
            return []
        expected = {node.name for node in self._settings.nodes if node.kind != "guest"} | self._wire().programs
        return sorted(expected - set(processes.find(self.folder)))

    def status(self):
        """Everything that a test needs to use the network, as JSON can hold it."""
        state = self.state()
        result = {"network": "tor", "dir": str(self.folder), "state": state}
        if state == "down" or self._settings is None:
            return result
        wire, echo, running = self._wire(), self.node("echo"), processes.find(self.folder)
        result.update({
            "missing": self.missing(),
            "wire": wire.kind,
            "hop_delay_ms": self._settings.hop_delay.mean_ms,
            "expected_round_trip_ms": topology.expected_round_trips_ms(self._settings.hop_delay),
            "client_torrc": str(self.folder / "client.torrc.inc") if wire.reachable else None,
            "echo": {"host": echo.address, "port": topology.ECHO_PORT, "unix": str(self.socket_path("echo", "echo"))},
            "nodes": {node.name: self._describe(node, wire, running) for node in self._settings.nodes if node.is_tor},
        })
        return result

    # --- one node ---

    def node(self, name):
        nodes = self._settings.nodes if self._settings else []
        for node in nodes:
            if node.name == name:
                return node
        raise LabError(f"no node {name!r} in this lab; there are: {', '.join(node.name for node in nodes) or 'none'}")

    def node_folder(self, name):
        return self.folder / "nodes" / name

    def socket_path(self, name, what):
        """what: "control" of every tor, "socks" of users, "echo" of echo."""
        return self.node_folder(name) / f"{what}.sock"

    def control(self, name):
        """A new control connection."""
        return Controller(self.socket_path(name, "control"))

    def pid(self, name):
        """None if it does not run."""
        return processes.find(self.folder).get(name)

    def kill(self, name):
        """As a crash: SIGKILL. The socket files stay behind, as they would."""
        self._signal(name, signal.SIGKILL)
        processes.stop(self.folder, {name})

    def freeze(self, name):
        """As a host that no longer answers: its connections stay open and silent."""
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name):
        self._signal(name, signal.SIGCONT)

    def restart(self, name, timeout=60.0):
        """Starts a node that was killed (or ends it first); returns when it is at 100 %."""
        node = self.node(name)
        processes.stop(self.folder, {name})
        self.spawn(node)
        if node.is_tor:
            tor_start.wait_bootstrapped(self, [node], time.monotonic() + timeout)

    def command(self, name, command):
        """`command` with what it takes to run it where node `name` lives."""
        return self._wire().command(self.node(name), command)

    def spawn(self, node):
        """Starts the process of a node without waiting for it."""
        folder = self.node_folder(node.name)
        if node.kind == "echo":
            port = topology.ECHO_PORT + (topology.BEHIND_RELAY if self.behind_relay else 0)
            command = processes.echo_command(self.socket_path("echo", "echo"), node.address, port)
        else:
            command = processes.tor_command(folder / "torrc")
        processes.spawn(self._wire().command(node, command), folder / "stdout.log", ready_line=node.kind == "echo")

    @property
    def behind_relay(self):
        """Whether a delay relay stands before the ports of the relays."""
        return self._wire().behind_relay

    # --- helpers ---

    def _wire(self):
        return self._settings.wire(self.folder)

    def _signal(self, name, number):
        self.node(name)
        if not processes.send_signal(self.folder, name, number):
            raise LabError(f"{name} does not run")

    def _describe(self, node, wire, running):
        what = {"kind": node.kind, "pid": running.get(node.name), "address": node.address, "delay_ms": node.delay_ms,
                "folder": str(self.node_folder(node.name)), "control_unix": str(self.socket_path(node.name, "control"))}
        if node.kind == "user":
            what["socks_unix"] = str(self.socket_path(node.name, "socks"))
            what["cookie_file"] = str(self.node_folder(node.name) / "control_auth_cookie")
            if wire.reachable:
                what["socks"] = f"{node.address}:{topology.SOCKS_PORT}"
                what["control"] = f"{node.address}:{topology.CONTROL_PORT}"
        return what

    @staticmethod
    def _check_names(users):
        reserved = {node.name for node in topology.build([], "", 0.0)}
        for user in users:
            if not re.fullmatch("[a-z][a-z0-9-]*", user) or user in reserved or users.count(user) > 1:
                raise LabError(f"{user!r} cannot name a user: small letters, digits and '-', once, and none of "
                               f"{', '.join(sorted(reserved))}")

    def _make_folder(self, users):
        longest = max(["relay0", *users], key=len)
        excess = len(os.fsencode(self.socket_path(longest, "control"))) - _LONGEST_SOCKET_PATH
        if excess > 0:
            raise LabError(f"{self.folder} makes the paths of unix sockets too long; choose a --dir {excess} characters shorter")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_uid != os.geteuid():
            raise LabError(f"{self.folder} belongs to somebody else; choose another --dir")

    def _check_same(self, users, hop_delay, wire, size):
        kept = self._settings
        if (kept.users, kept.hop_delay, kept.size) != (users, hop_delay, size) or wire not in (None, kept.wire_kind):
            raise LabError(f"a lab with users {','.join(kept.users)}, {kept.size.relays} relays, {kept.size.exits} exits, "
                           f"{kept.hop_delay} ms a hop and wire {kept.wire_kind} is up in {self.folder}; end it (scripts/lab down) "
                           "or choose another --dir")

    def _clean(self):
        count = len(processes.find(self.folder))
        processes.stop(self.folder)
        for name in _PASSING_FILES:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        return count

    @contextlib.contextmanager
    def _locked(self):
        """One command at a time; the lock goes with the process that held it."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise LabError(f"another command works on {self.folder}; wait for it or end it") from error
        finally:
            os.close(handle)
