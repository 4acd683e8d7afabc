import pathlib
import socket
import subprocess
import tempfile
import threading
import unittest

from labnet import programs, socks5

DELAY_MS = 20


class DelayRelay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.target = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.target.close)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.listen = probe.getsockname()
        table = pathlib.Path(folder.name) / "table"
        table.write_text("127.0.0.1:{} 127.0.0.1:{} {}\n".format(self.listen[1], self.target.getsockname()[1], DELAY_MS))
        relay = subprocess.Popen([programs.built("delay_relay"), table], stdout=subprocess.PIPE)
        self.addCleanup(relay.wait)
        self.addCleanup(relay.kill)
        self.addCleanup(relay.stdout.close)
        self.assertEqual(b"ready\n", relay.stdout.readline())

    def connect(self):
        client = socket.create_connection(self.listen, 10)
        server, _ = self.target.accept()
        server.settimeout(10)
        self.addCleanup(client.close)
        self.addCleanup(server.close)
        return client, server

    def test_each_direction_takes_the_delay(self):
        client, server = self.connect()

        def echo():
            while data := server.recv(4096):
                server.sendall(data)

        thread = threading.Thread(target=echo)
        thread.start()
        fastest = min(socks5.round_trips_ms(client, 5))
        client.close()
        thread.join()
        self.assertGreaterEqual(fastest, 2 * DELAY_MS)
        self.assertLess(fastest, 2 * DELAY_MS + 15)

    def test_all_bytes_arrive_in_order_and_the_end_is_passed_on(self):
        client, server = self.connect()
        data = bytes(range(256)) * 40_000  # 10 MB: more than the relay holds back at a time
        sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
        sender.start()
        self.assertEqual(data, socks5.receive_exactly(server, len(data)))
        self.assertEqual(b"", server.recv(1))
        sender.join()
        server.sendall(b"still open")
        self.assertEqual(b"still open", socks5.receive_exactly(client, 10))

    def test_a_refused_target_closes_the_caller(self):
        self.target.close()
        with socket.create_connection(self.listen, 10) as client:
            self.assertEqual(b"", client.recv(1))


if __name__ == "__main__":
    unittest.main()
