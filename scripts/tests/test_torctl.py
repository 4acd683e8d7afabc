import unittest

from labnet.onion import OnionService
from labnet.torctl import ControlError, Controller
from servers import ScriptedServer, expect


class TorControl(unittest.TestCase):
    def server(self, script):
        def play(connection):
            cookie = self.tor.folder / "cookie"
            cookie.write_bytes(bytes(range(32)))
            expect(connection, b"PROTOCOLINFO 1\r\n")
            connection.sendall(f'250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="{cookie}"\r\n'
                               '250 OK\r\n'.encode())
            expect(connection, b"AUTHENTICATE " + bytes(range(32)).hex().encode() + b"\r\n")
            connection.sendall(b"250 OK\r\n")
            script(connection)

        self.tor = ScriptedServer(self, play)
        return self.tor.path

    def test_reads_data_blocks_and_undoes_dot_stuffing(self):
        def script(connection):
            expect(connection, b"GETINFO ns/all\r\n")
            connection.sendall(b"250+ns/all=\r\nr one\r\n..two\r\n.\r\n250 OK\r\n")

        with Controller(self.server(script)) as control:
            self.assertEqual("r one\n.two", control.get_info("ns/all"))

    def test_event_amid_a_reply_is_kept_apart(self):
        def script(connection):
            expect(connection, b"GETINFO version\r\n")
            connection.sendall(b"650 CIRC 7 BUILT\r\n250-version=0.4.9\r\n250 OK\r\n")

        with Controller(self.server(script)) as control:
            self.assertEqual("0.4.9", control.get_info("version"))
            self.assertEqual("CIRC 7 BUILT", control.wait_event(lambda line: line.startswith("CIRC"), 5).line)
            self.assertIsNone(control.wait_event(lambda line: line.startswith("CIRC"), 0.01, start=1))

    def test_refusal_is_an_error_with_its_text(self):
        def script(connection):
            expect(connection, b"SIGNAL X\r\n")
            connection.sendall(b'552 Unrecognized signal "X"\r\n')

        with Controller(self.server(script)) as control, self.assertRaisesRegex(ControlError, "552 Unrecognized"):
            control.command("SIGNAL X")

    def test_close_by_tor_is_an_error_not_a_wait(self):
        with Controller(self.server(lambda connection: expect(connection, b"SIGNAL X\r\n"))) as control:
            with self.assertRaisesRegex(ControlError, "no answer"):
                control.command("SIGNAL X")
            self.assertIsNone(control.wait_event(lambda line: True, 60))

    def test_service_is_published_when_every_upload_is_answered(self):
        def script(connection):
            expect(connection, b"SETEVENTS HS_DESC\r\n")
            connection.sendall(b"250 OK\r\n")
            expect(connection, b"ADD_ONION NEW:ED25519-V3 Port=7,unix:/echo\r\n")
            connection.sendall(b"250-ServiceID=abc\r\n250-PrivateKey=ED25519-V3:KEY\r\n250 OK\r\n"
                               b"650 HS_DESC UPLOAD abc UNKNOWN a\r\n650 HS_DESC UPLOAD abc UNKNOWN b\r\n"
                               b"650 HS_DESC UPLOADED abc UNKNOWN a\r\n650 HS_DESC UPLOADED other UNKNOWN b\r\n")
            connection.recv(1)  # until the client goes

        onion = OnionService(self.server(script), {7: "unix:/echo"})
        with self.assertRaisesRegex(ControlError, "not published"):
            onion.wait_published(timeout=0.2)
        self.assertEqual(("abc.onion", "ED25519-V3:KEY"), (onion.host, onion.private_key))
        onion.close()


if __name__ == "__main__":
    unittest.main()
