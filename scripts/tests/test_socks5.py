import unittest

from labnet import socks5
from servers import ScriptedServer, expect


class Socks5(unittest.TestCase):
    def test_name_goes_to_the_proxy_with_the_credential(self):
        def script(connection):
            expect(connection, b"\5\1\2")
            connection.sendall(b"\5\2")
            expect(connection, b"\1\4call\1x")
            connection.sendall(b"\1\0")
            expect(connection, b"\5\1\0\3\7a.onion\x13\xc4")
            connection.sendall(b"\5\0\0\1\0\0\0\0\0\0")
            expect(connection, b"x" * 600)
            connection.sendall(b"x" * 600)

        proxy = ScriptedServer(self, script)
        with socks5.connect(proxy.path, "a.onion", 5060, username="call") as stream:
            self.assertEqual(1, len(socks5.round_trips_ms(stream, 1)))

    def test_extended_error_is_named(self):
        def script(connection):
            expect(connection, b"\5\1\0")
            connection.sendall(b"\5\0")
            expect(connection, b"\5\1\0\3\7a.onion\0\7")
            connection.sendall(b"\5\xf0\0\1\0\0\0\0\0\0")

        proxy = ScriptedServer(self, script)
        with self.assertRaisesRegex(socks5.SocksError, "descriptor not found") as caught:
            socks5.connect(proxy.path, "a.onion", 7)
        self.assertEqual(0xF0, caught.exception.code)

    def test_end_of_stream_is_an_error(self):
        proxy = ScriptedServer(self, lambda connection: expect(connection, b"\5\1\0"))
        with self.assertRaises(EOFError):
            socks5.connect(proxy.path, "a.onion", 7)


if __name__ == "__main__":
    unittest.main()
