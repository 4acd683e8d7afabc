import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from leakaudit import asking, held_sockets, sockets, unix_peers
from leakaudit.held_sockets import Held
from leakaudit.socket_watch import SocketWatch, Watched

# Opens what its argument says, tells so, and ends with its standard input.
_HOLDER = """
import socket, sys
{}
print("open", flush=True)
sys.stdin.read()
"""


def unix_table():
    return sockets.opened(lambda command: command, ["unix-table"])[0]


@contextlib.contextmanager
def holder(statements):
    """A process with sockets; its pid."""
    with subprocess.Popen([sys.executable, "-c", _HOLDER.format(statements)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.stdin.close()


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


class HeldSockets(unittest.TestCase):
    def held(self, statements):
        with holder(statements) as pid:
            tables = held_sockets.of_network(pid)
            return {tables[inode] for inode in held_sockets.inodes(pid) if inode in tables}

    def test_a_question_to_a_resolver(self):
        (one,) = self.held("s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', 53))")
        self.assertEqual(("udp", "127.0.0.1:53", False), (one.kind, one.remote, one.listening))

    def test_listener(self):
        (one,) = self.held("s = socket.create_server(('127.0.0.1', 0))")
        self.assertEqual(("tcp", "", True), (one.kind, one.remote, one.listening))
        self.assertTrue(one.local.startswith("127.0.0.1:"))

    def test_netlink_as_getaddrinfo_has_it(self):
        self.assertIn(Held("netlink"), self.held("s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0))"))

    def test_ipv6(self):
        if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6") or not os.path.getsize("/proc/net/if_inet6"):
            self.skipTest("no IPv6 here")
        (one,) = self.held("s = socket.create_server(('::1', 0), family=socket.AF_INET6)")
        self.assertTrue(one.local.startswith("[::1]:"), one)

    def test_a_process_that_has_ended(self):
        with holder("pass") as pid:
            pass
        self.assertEqual((set(), {}), (held_sockets.inodes(pid), held_sockets.of_network(pid)))


class UnixPeers(unittest.TestCase):
    def test_the_other_end_has_a_name(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client, \
                unix_table() as asked:
            path = f"{folder}/sam.sock"
            listener.bind(path)
            listener.listen()
            client.connect(path)
            accepted, _ = listener.accept()
            with accepted:
                table = unix_peers.table(asked)
                mine = table[os.fstat(client.fileno()).st_ino]
                self.assertEqual(("", path), (mine.path, table[mine.peer].path))
                self.assertEqual(unix_peers.UnixSocket(path, 0), table[os.fstat(listener.fileno()).st_ino])


class Watching(unittest.TestCase):
    """What is held must be among what is allowed."""

    def problems(self, statements, allowed):
        with holder(statements) as pid:
            watch = SocketWatch([Watched("a sipveil", lambda: pid, allowed, unix_table())], [])
            wait_for(lambda: watch.looks > 2 and (watch.used["a sipveil"] or watch.findings))
            time.sleep(0.1)
            watch.stop()
            watch.stop()
            return watch.problems()

    def test_allowed(self):
        self.assertEqual([], self.problems("s = socket.create_server(('127.0.0.1', 0))", lambda held: "listener" if held.listening else ""))

    def test_another_destination(self):
        (found, *_) = self.problems("s = socket.create_server(('127.0.0.1', 0)); t = socket.create_connection(s.getsockname())",
                                    lambda held: "listener" if held.listening else "")
        self.assertRegex(found, "a sipveil held a socket that nothing is known for: tcp 127.0.0.1:[0-9]+ to 127.0.0.1:[0-9]+")

    def test_a_resolver(self):
        self.assertIn("to 127.0.0.1:53", "".join(self.problems(
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', 53))", lambda held: "")))

    def test_a_unix_socket_to_somebody_else(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{folder}/nscd")
            listener.listen()
            listener.settimeout(5.0)

            def sam_only(held):
                return "SAM" if held.remote.endswith("/sam") else ""
            statements = f"s = socket.socket(socket.AF_UNIX); s.connect({f'{folder}/nscd'!r})"
            with holder(statements) as pid, listener.accept()[0]:
                watch = SocketWatch([Watched("a sipveil", lambda: pid, sam_only, unix_table())], [])
                wait_for(lambda: watch.findings)
                watch.stop()
            self.assertIn(f"unix unbound to {folder}/nscd", "".join(watch.problems()))

    def test_nothing_was_looked_at(self):
        watch = SocketWatch([Watched("a sipveil", lambda: None, lambda held: "all", unix_table())], [])
        wait_for(lambda: watch.looks)
        watch.stop()
        self.assertIn("not one of its sockets was seen", "".join(watch.problems()))

    def test_a_watch_that_broke(self):
        def broken():
            raise ValueError("no pid")
        watch = SocketWatch([Watched("a sipveil", broken, lambda held: "all", unix_table())], [])
        wait_for(lambda: watch.broken)
        watch.stop()
        self.assertIn("not watched to the end", "".join(watch.problems()))


class Asking(unittest.TestCase):
    def test_the_question(self):
        self.assertEqual(struct.pack("!HHHHHH", 1, 256, 1, 0, 0, 0) + b"\3abc\3i2p\0\0\1\0\1", asking.question("abc.i2p"))


if __name__ == "__main__":
    unittest.main()
