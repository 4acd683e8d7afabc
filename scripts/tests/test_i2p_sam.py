import base64
import unittest

from labnet import sam
from servers import ScriptedServer, expect

HELLO = b"HELLO VERSION MIN=3.0 MAX=3.1\n"
GREETING = b"HELLO REPLY RESULT=OK VERSION=3.1\n"


class Sam(unittest.TestCase):
    def serve(self, *conversation):
        """Pairs of what is expected and what is answered."""
        def script(connection):
            for expected, answer in ((HELLO, GREETING), *conversation):
                expect(connection, expected)
                connection.sendall(answer)
            connection.recv(1)
        return ScriptedServer(self, script)

    def test_keys_of_a_new_destination(self):
        server = self.serve((b"DEST GENERATE SIGNATURE_TYPE=7\n", b"DEST REPLY PUB=AA== PRIV=BB==\n"))
        self.assertEqual(("AA==", "BB=="), sam.generate(server.path))

    def test_bytes_behind_a_reply_belong_to_the_stream(self):
        server = self.serve((b"X Y\n", b"STREAM STATUS RESULT=OK\nfirst bytes"))
        with sam.Connection(server.path) as connection:
            connection.ask("X Y")
            self.assertEqual(b"first bytes", connection.socket.recv(100))

    def test_an_error_names_the_request_and_the_result_and_no_key(self):
        server = self.serve((b"SESSION CREATE DESTINATION=SECRET\n", b'SESSION STATUS RESULT=I2P_ERROR MESSAGE="no such thing"\n'))
        with sam.Connection(server.path) as connection, self.assertRaises(sam.SamError) as caught:
            connection.ask("SESSION CREATE DESTINATION=SECRET")
        self.assertEqual("SAM SESSION CREATE: I2P_ERROR (no such thing)", str(caught.exception))
        self.assertEqual("I2P_ERROR", caught.exception.result)

    def test_a_router_that_is_not_there_or_closes_does_not_answer(self):
        server = ScriptedServer(self, lambda connection: None)
        self.assertFalse(sam.answers(server.path))
        self.assertFalse(sam.answers(server.folder / "nobody"))
        self.assertTrue(sam.answers(self.serve().path))

    def test_values_of_a_reply(self):
        self.assertEqual({"RESULT": "OK", "VALUE": "AA=="}, sam.parse("NAMING REPLY RESULT=OK VALUE=AA=="))
        self.assertEqual({"RESULT": "X", "MESSAGE": "a = b", "C": "d"}, sam.parse('A B RESULT=X MESSAGE="a = b" C=d'))
        self.assertEqual({}, sam.parse(""))

    def test_name_of_a_destination_is_that_of_its_public_part(self):
        public = bytes(range(256)) + bytes(128) + b"\x05\x00\x04" + b"\x00\x07\x00\x04"
        name = sam.host_of(base64.b64encode(public, b"-~").decode())
        self.assertRegex(name, r"^[a-z2-7]{52}\.b32\.i2p$")
        self.assertEqual(name, sam.host_of_key(public + b"private"))
        self.assertNotEqual(name, sam.host_of_key(public[:-1] + b"\x05"))


if __name__ == "__main__":
    unittest.main()
