import pathlib
import tempfile
import types
import unittest
import unittest.mock

from delaytables import plain_bed, tshark
from delaytables.socks_capture import Seen, SocksCapture

# As tshark -T fields writes them: time, tcp.stream, SYN, Call-ID, method, statuses.
LINES = """\
100.000000000\t0\t1\t\t\t
100.500000000\t1\t1\t\t\t
101.000000000\t1\t0\t1-7@10.88.0.22\tINVITE\t
101.250000000\t1\t0\t1-7@10.88.0.22\t\t180
101.300000000\t1\t0\t1-7@10.88.0.22\t\t200
"""


class Capture(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        patch = unittest.mock.patch.object(tshark, "SETTLE_S", 0.2)
        patch.start()
        self.addCleanup(patch.stop)
        # A command that ends at once instead of tshark: the lines are written by the tests.
        self.capture = SocksCapture(lambda command: ["true"], self.folder, 21050, 5200)
        self.addCleanup(self.capture.stop)

    def write(self, text):
        with open(self.folder / "tshark.out", "a", encoding="ascii") as file:
            file.write(text)

    def seen(self, text, call_id="1-7@10.88.0.22"):
        self.write(text)
        return self.capture.take(call_id)

    def test_a_call_and_the_opening_of_its_connection(self):
        seen = self.seen(LINES)
        self.assertAlmostEqual(0.25, seen.invite_to_180_s)
        self.assertAlmostEqual(0.75, seen.setup_s)
        self.assertEqual(Seen(), self.capture.take("1-7@10.88.0.22"))  # it is forgotten

    def test_180_and_200_in_one_packet(self):
        self.assertAlmostEqual(0.25, self.seen(LINES.replace("1-7@10.88.0.22\t\t180", "1-7@10.88.0.22,1-7@10.88.0.22\t\t180,200")).invite_to_180_s)

    def test_a_line_that_is_being_written_is_read_once_it_is_complete(self):
        self.assertEqual(Seen(), self.seen(LINES[:150], "other"))
        self.write(LINES[150:])
        self.assertAlmostEqual(0.25, self.capture.take("1-7@10.88.0.22").invite_to_180_s)

    def test_what_did_not_ring_was_not_seen(self):
        self.assertEqual(Seen(), self.seen(LINES.replace("\t180", "\t486")))
        self.assertEqual(Seen(), self.seen(LINES, "other"))


class CalleeTimes(unittest.TestCase):
    RECORD = "----------------------------------------------- 2026-11-20 12:39:36.{}\nTCP message {} bytes :\n\n{}"

    def message(self, micros, sent, first_line):
        text = f"{first_line}\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n"
        return self.RECORD.format(micros, f"sent ({len(text)})" if sent else f"received [{len(text)}]", text).replace(") bytes :", " bytes):")

    def test_from_invite_to_180_by_its_own_log(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "messages"
            times = plain_bed.CalleeTimes(types.SimpleNamespace(messages=file))
            with unittest.mock.patch.object(plain_bed, "_LOGGED_S", 0.05):
                self.assertIsNone(times.callee_s("x"))  # it has written nothing yet
                file.write_text(self.message("372000", False, "INVITE sip:bob@b.example SIP/2.0"))
                self.assertIsNone(times.callee_s("x"))
                with open(file, "a", encoding="ascii") as more:
                    more.write(self.message("374000", True, "SIP/2.0 180 Ringing"))
                self.assertAlmostEqual(0.002, times.callee_s("x"), places=5)


if __name__ == "__main__":
    unittest.main()
