import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from labnet import exit_target, processes

HOST = "127.0.0.1"


class TlsFront(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.lab = pathlib.Path(folder.name)
        self.node = self.lab / "nodes" / "tls_front"
        self.node.mkdir(parents=True)
        self.ca_file = self.node / "front.crt"
        pem = exit_target._make_certificate(self.node, HOST, self.ca_file)
        self.target = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.target.close)
        self.target.bind(str(self.lab / "target"))
        self.target.listen()
        with socket.create_server((HOST, 0)) as probe:
            self.port = probe.getsockname()[1]
        self.addCleanup(processes.stop, self.lab)
        processes.spawn(processes.tls_front_command(pem, HOST, self.port, self.lab / "target"), self.node / "log", ready_line=True)

    def connect(self):
        context = ssl.create_default_context(cafile=str(self.ca_file))
        client = context.wrap_socket(socket.create_connection((HOST, self.port), 10), server_hostname=HOST)
        self.addCleanup(client.close)
        self.target.settimeout(10)
        server, _ = self.target.accept()
        server.settimeout(10)
        self.addCleanup(server.close)
        return client, server

    def test_bytes_go_both_ways_and_the_end_of_either_ends_the_other(self):
        client, server = self.connect()
        data = bytes(range(256)) * 2000
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        got = b""
        while len(got) < len(data):
            got += server.recv(65536)
        sender.join()
        self.assertEqual(data, got)
        server.sendall(b"answer")
        self.assertEqual(b"answer", client.recv(100))
        server.close()
        self.assertEqual(b"", client.recv(100))
        client, server = self.connect()
        client.close()
        self.assertEqual(b"", server.recv(100))

    def test_it_belongs_to_the_lab(self):
        self.assertEqual({"tls_front"}, set(processes.find(self.lab)))

    def test_the_stream_ends_while_nobody_is_behind_it(self):
        self.target.close()
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with socket.create_connection((HOST, self.port), 10) as plain:
            with self.assertRaises((ssl.SSLError, OSError)), context.wrap_socket(plain, server_hostname=HOST) as client:
                client.sendall(b"x")
                if client.recv(1) == b"":
                    raise OSError("closed")


if __name__ == "__main__":
    unittest.main()
