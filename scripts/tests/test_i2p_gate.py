import pathlib
import socket
import subprocess
import tempfile
import unittest

from labnet import programs, socks5, wires


class Gate(unittest.TestCase):
    """delay_relay without delay, between unix sockets and ports."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "with a space"
        self.folder.mkdir()

    def start(self, *table):
        file = self.folder / "table"
        file.write_text("".join(f"{wires._quoted(listen)} {wires._quoted(target)} 0\n" for listen, target in table))
        gate = subprocess.Popen([programs.built("delay_relay"), file], stdout=subprocess.PIPE)
        self.addCleanup(gate.wait)
        self.addCleanup(gate.kill)
        self.addCleanup(gate.stdout.close)
        self.assertEqual(b"ready\n", gate.stdout.readline())

    def client(self, path):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(10)
        client.connect(str(path))
        return client

    def accepted(self, listener):
        listener.settimeout(10)
        server, _ = listener.accept()
        self.addCleanup(server.close)
        server.settimeout(10)
        return server

    def test_from_a_unix_socket_to_a_port_and_back_to_another(self):
        outside = socket.socket(socket.AF_UNIX)
        self.addCleanup(outside.close)
        outside.bind(str(self.folder / "target"))
        outside.listen()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        (self.folder / "entry").touch()  # left behind by a gate that was killed
        self.start((f"127.0.0.1:{port}", f"unix:{self.folder}/target"), (f"unix:{self.folder}/entry", f"127.0.0.1:{port}"))
        client = self.client(self.folder / "entry")
        server = self.accepted(outside)
        data = bytes(range(256)) * 1000
        client.sendall(data)
        self.assertEqual(data, socks5.receive_exactly(server, len(data)))
        server.sendall(b"back")
        self.assertEqual(b"back", socks5.receive_exactly(client, 4))
        client.close()
        self.assertEqual(b"", server.recv(1))

    def test_nobody_behind_it_closes_the_caller(self):
        self.start((f"unix:{self.folder}/entry", f"unix:{self.folder}/nobody"))
        self.assertEqual(b"", self.client(self.folder / "entry").recv(1))

    def test_a_target_that_takes_no_more_connections_holds_up_nobody_else(self):
        stuck = socket.socket(socket.AF_UNIX)
        self.addCleanup(stuck.close)
        stuck.bind(str(self.folder / "stuck"))
        stuck.listen(0)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.start((f"unix:{self.folder}/entry", f"unix:{self.folder}/stuck"),
                       (f"unix:{self.folder}/other", f"127.0.0.1:{listener.getsockname()[1]}"))
            for _ in range(4):
                self.client(self.folder / "entry")
            other = self.client(self.folder / "other")
            self.accepted(listener).sendall(b"through")
            self.assertEqual(b"through", socks5.receive_exactly(other, 7))


if __name__ == "__main__":
    unittest.main()
