"""A private network in a folder: start it, stop it, look at it, hurt it. What every kind of network has in common."""
import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import signal
import time

from labnet import processes, wires
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.settings import Settings

_LONGEST_SOCKET_PATH = 107  # the kernel's limit


class Lab:
    """The network in `folder`. All of its state is there, so that any process can open it and go on."""

    network = ""              # as --network says
    topology = None           # module with build(), Size and SIZES
    wire_kinds = ()           # what can join the nodes, best first: without delay, then with
    passing_files = ()        # what down() removes: everything but the keys, which make the next start faster
    longest_socket = ""       # socket_path() of a user with the longest name

    def __init__(self, folder, report=lambda line: None):
        """report: called with lines that tell the progress."""
        self.folder = pathlib.Path(folder).resolve()
        self._report = report
        self._settings = None
        self._load()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    # --- the whole network ---

    def up(self, users=("alice", "bob"), hop_delay=0.0, wire=None, size=None):
        """Starts the network, or uses the one that is up. Returns status(). After any failure nothing runs.

        users: names of routers or tors for callers and callees. hop_delay: what HopDelay.of takes, ms at each relay. wire: a kind of
        labnet.wires, or None for the best to be had. size: Size of the network's topology, None for the smallest.
        """
        users, hop_delay, size = list(users), HopDelay.of(hop_delay), size or self.topology.Size()
        self._check_names(users)
        kinds = self._possible_wires(hop_delay, wire)
        self._make_folder(users)
        with self._locked():
            self._load()
            if self.state() == "up":
                self._check_same(users, hop_delay, wire, size)
                self._report(f"already up in {self.folder}")
                return self.status()
            begin = time.monotonic()
            self._clean()
            try:
                self._start_wire(kinds, users, hop_delay, size)
                self._start(begin)
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
        return sorted(self._expected() - set(processes.find(self.folder)))

    def status(self):
        """Everything that a test needs to use the network, as JSON can hold it."""
        state = self.state()
        result = {"network": self.network, "dir": str(self.folder), "state": state}
        if state != "down" and self._settings is not None:
            running = processes.find(self.folder)
            result.update({
                "missing": self.missing(),
                "wire": self._wire().kind,
                "hop_delay_ms": self._settings.hop_delay.mean_ms,
                "jitter_ms": self._settings.hop_delay.jitter_ms,
                "loss_percent": self._settings.hop_delay.loss_percent,
                "expected_round_trip_ms": self.topology.expected_round_trips_ms(self._settings.hop_delay),
                **self._describe_network(),
                "nodes": {node.name: self._describe(node, running.get(node.name))
                          for node in self._settings.nodes if node.kind not in ("echo", "guest")},
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
        return self.node_folder(name) / f"{what}.sock"

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
        """Starts a node that was killed (or ends it first); returns when it can be used."""
        node, deadline = self.node(name), time.monotonic() + timeout
        for last in (False, True):  # i2pd 2.45.1 sometimes ends as soon as it runs
            processes.stop(self.folder, {name})
            self.spawn(node)
            try:
                return self._wait_usable(node, deadline)
            except LabError:
                if last:
                    raise

    def revive(self, name, timeout=60.0):
        """Starts a node that has ended by itself, as i2pd 2.45.1 does now and then. Returns whether it had."""
        if processes.find(self.folder).get(name) is not None:
            return False
        self.restart(name, timeout)
        return True

    def command(self, name, command):
        """`command` with what it takes to run it where node `name` lives."""
        return self._wire().command(self.node(name), command)

    def spawn(self, node):
        """Starts the process of a node without waiting for it."""
        raise NotImplementedError

    # --- what a kind of network adds ---

    def _start(self, begin):
        """Starts every process, on a wire that is there; `begin`: when it began, by time.monotonic()."""
        raise NotImplementedError

    def _wait_usable(self, node, deadline):
        raise NotImplementedError

    def _expected(self):
        """Names of all processes while it is up."""
        return {node.name for node in self._settings.nodes if node.kind != "guest"} | self._wire().programs

    def _describe_network(self):
        """What status() tells of the network as a whole."""
        raise NotImplementedError

    def _describe(self, node, pid):
        """What status() tells of a node."""
        return {"kind": node.kind, "pid": pid, "address": node.address, "delay_ms": node.delay_ms,
                "folder": str(self.node_folder(node.name))}

    def _subnet(self, wire):
        """The first three numbers of all addresses on that class of wire."""
        return wire.choose_subnet(self.folder)

    # --- helpers ---

    def _load(self):
        self._settings = Settings.load(self.folder)
        if self._settings and self._settings.network != self.network:
            raise LabError(f"the lab in {self.folder} is of network {self._settings.network}; choose another --dir")

    def _wire(self):
        return self._settings.wire(self.folder)

    def _possible_wires(self, hop_delay, wanted):
        """Classes, best first. LabError if it is no wire for this."""
        kinds = [wires.KINDS[kind] for kind in self.wire_kinds]
        if wanted is None and not hop_delay.steady:
            return [wire for wire in kinds if wire.carries_jitter]
        if wanted is None:
            return [wire for wire in kinds if wire.carries_delay == bool(hop_delay.high_ms)]
        found = [wire for wire in kinds if wire.kind == wanted]
        if not found:
            raise LabError(f"no wire {wanted!r} in a {self.network} network; there are: {', '.join(self.wire_kinds)}")
        if hop_delay.high_ms and not found[0].carries_delay:
            raise LabError(f"the wire {wanted!r} has no delay; leave out --wire or --hop-delay")
        if not hop_delay.steady and not found[0].carries_jitter:
            raise LabError(f"the wire {wanted!r} has neither jitter nor loss; leave out --wire, or --jitter and --loss")
        return found

    def _start_wire(self, kinds, users, hop_delay, size):
        """Starts the first kind that can be had, and saves the settings that came of it."""
        for wire in kinds:
            nodes = self.topology.build(users, self._subnet(wire), hop_delay, size)
            self._settings = Settings(users, hop_delay, wire.kind, nodes, size, self.network)
            self._settings.save(self.folder)
            try:
                self._wire().start()
            except processes.StartError as error:
                if wire == kinds[-1]:
                    raise LabError(f"no {wire.kind}: {error}") from error
                self._report(f"no {wire.kind} ({error})")
                continue
            self._report(wire.told.format(delay=hop_delay) + hop_delay.unsteadiness)
            return

    def _signal(self, name, number):
        self.node(name)
        if not processes.send_signal(self.folder, name, number):
            raise LabError(f"{name} does not run")

    def _check_names(self, users):
        reserved = {node.name for node in self.topology.build([], "", 0.0)}
        for user in users:
            if not re.fullmatch("[a-z][a-z0-9-]*", user) or user in reserved or users.count(user) > 1:
                raise LabError(f"{user!r} cannot name a user: small letters, digits and '-', once, and none of "
                               f"{', '.join(sorted(reserved))}")

    def _make_folder(self, users):
        longest = max(["relay0", *users], key=len)
        excess = len(os.fsencode(self.socket_path(longest, self.longest_socket))) - _LONGEST_SOCKET_PATH
        if excess > 0:
            raise LabError(f"{self.folder} makes the paths of unix sockets too long; choose a --dir {excess} characters shorter")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_uid != os.geteuid():
            raise LabError(f"{self.folder} belongs to somebody else; choose another --dir")

    def _check_same(self, users, hop_delay, wire, size):
        kept = self._settings
        if (kept.users, kept.hop_delay, kept.size) != (users, hop_delay, size) or wire not in (None, kept.wire_kind):
            raise LabError(f"a lab with users {','.join(kept.users)}, {kept.size}, {kept.hop_delay} ms a hop"
                           f"{kept.hop_delay.unsteadiness} and wire {kept.wire_kind} is up in {self.folder}; end it (scripts/lab down) or choose another --dir")

    def _clean(self):
        count = len(processes.find(self.folder))
        processes.stop(self.folder)
        for name in (*self.passing_files, "nodes", "lab.json", "ready"):
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
