import pathlib
import socket
import tempfile
import threading
import unittest
import unittest.mock

from labnet import i2p_http
from labnet.errors import LabError

NAME = "a" * 52 + ".b32.i2p"


class HttpProxy(unittest.TestCase):
    """A proxy that gives each connection the next answer and then echoes what comes, if it was a 200."""

    def proxy(self, *answers):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "proxy"
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(str(path))
        server.listen()
        self.heads = []
        threading.Thread(target=self.serve, args=(server, answers), daemon=True).start()
        return path

    def serve(self, server, answers):
        for answer in answers:
            connection, _ = server.accept()
            with connection:
                self.heads.append(connection.recv(4096))
                connection.sendall(answer)
                while b" 200 " in answer and (data := connection.recv(4096)):
                    connection.sendall(data)

    def test_connect_names_the_destination_and_leaves_what_follows(self):
        path = self.proxy(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\nfirst")
        with i2p_http.connect(path, NAME, 7) as stream:
            self.assertEqual(b"first", stream.recv(5))
        self.assertEqual(f"CONNECT {NAME}:7 HTTP/1.1\r\nHost: {NAME}:7\r\n\r\n".encode(), self.heads[0])

    def test_a_refusal_tells_its_status(self):
        for answer, code in ((b"HTTP/1.1 500 Internal\r\n\r\n<html>", "500"), (b"nonsense\r\n\r\n", "no status")):
            with self.subTest(code=code), self.assertRaisesRegex(i2p_http.HttpError, code):
                i2p_http.connect(self.proxy(answer), NAME, 7)

    def test_an_endless_head_is_given_up(self):
        with self.assertRaisesRegex(LabError, "endless"):
            i2p_http.connect(self.proxy(b"x" * 70_000), NAME, 7)

    @unittest.mock.patch.object(i2p_http, "_PAUSE_SECONDS", 0.01)
    def test_an_echo_is_asked_for_again_until_it_answers(self):
        path = self.proxy(b"HTTP/1.1 500 Internal\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\n\r\n")
        i2p_http.open_echo(path, NAME, 7, 5).close()
        self.assertEqual(3, len(self.heads))
        with self.assertRaisesRegex(LabError, "no echo"):
            i2p_http.open_echo(self.proxy(*[b"HTTP/1.1 500 Internal\r\n\r\n"] * 1000), NAME, 7, 0.1)


if __name__ == "__main__":
    unittest.main()
