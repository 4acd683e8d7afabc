"""Looks again and again at every socket that programs hold, and tells of those that none of their rules allows."""
import collections
import dataclasses
import threading
import time

from leakaudit import held_sockets, unix_peers
from leakaudit.held_sockets import Held

_PAUSE_S = 0.02   # a question to a resolver lives longer, since nobody answers it
_MOST_UNKNOWN = 50  # looks at a socket of which nothing is known yet: between socket() and connect(), or not yet accepted


@dataclasses.dataclass(frozen=True)
class Watched:
    """A program: `pid()` is None while it does not run. `allowed(Held)`: what it is for, "" if nothing is known that it may be for.
    `unix`: what unix_peers.table() takes, of its network namespace."""
    name: str
    pid: object
    allowed: object
    unix: object


class SocketWatch:
    """From the start to stop(). `others`: more such sockets, of namespaces where others' ends of Unix sockets are."""

    def __init__(self, watched, others):
        self._watched, self._others = watched, others
        self.looks = 0
        self.used = {one.name: collections.Counter() for one in watched}  # name -> Counter of what allowed() said, a socket once
        self.findings = {}  # (name, sentence) -> time of the first look
        self.broken = ""    # why it ended before its time
        self._known, self._unknown = set(), collections.Counter()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def stop(self):
        """A second call does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._thread.join()
        for sock in (*(one.unix for one in self._watched), *self._others):
            sock.close()

    def problems(self):
        """Sentences: what should not be, and what was not looked at."""
        found = [f"{name} held a socket that nothing is known for: {what}" for name, what in self.findings]
        found += [f"{name}: not one of its sockets was seen, so none was looked at" for name, used in self.used.items() if not used]
        return found + ([f"the sockets were not watched to the end: {self.broken}"] if self.broken else [])

    def _look_on(self):
        try:
            while not self._stopping.wait(_PAUSE_S):
                self.look()
        except Exception as error:  # pylint: disable=broad-exception-caught  # else nobody would learn that nobody looks
            self.broken = repr(error)

    def look(self):
        """Once at all of them."""
        for one in self._watched:
            pid = one.pid()
            held = held_sockets.inodes(pid) - self._known if pid else ()
            if held:
                self._look_at(one, pid, held)
        self.looks += 1

    def _look_at(self, one, pid, inodes):
        network, own = held_sockets.of_network(pid), unix_peers.table(one.unix)
        ends = {inode: end.path for sock in self._others for inode, end in unix_peers.table(sock).items()} \
            if any(inode in own and not own[inode].path for inode in inodes) else {}
        ends = {inode: end.path for inode, end in own.items()} | ends
        inodes &= held_sockets.inodes(pid)  # what has been closed meanwhile need not be in any table
        for inode in inodes:
            held = network.get(inode) or (_unix(own[inode], ends) if inode in own else None)
            if held is None or _without_ends(held):
                self._not_yet(one, inode, held)
                continue
            self._known.add(inode)
            what_for = one.allowed(held)
            if what_for:
                self.used[one.name][what_for] += 1
            else:
                self.findings.setdefault((one.name, str(held)), time.time())

    def _not_yet(self, one, inode, held):
        self._unknown[inode] += 1
        if self._unknown[inode] >= _MOST_UNKNOWN:
            self._known.add(inode)
            self.findings.setdefault((one.name, str(held or "of a kind that no table has")), time.time())


def _unix(end, ends):
    remote = ends.get(end.peer, "") if end.peer else ""
    if end.path:
        return Held("unix", end.path, listening=not end.peer)
    if end.peer in ends and not remote:
        return Held("unix", remote="a socket without a name")
    return Held("unix", remote=remote)


def _without_ends(held):
    return held.kind in ("unix", "tcp") and not held.remote and not held.listening and held.local.rpartition(":")[2] in ("", "0")
