"""INVITE -> 180 out of what tshark tells."""
import pathlib
import sys
import tempfile
import unittest

from callrun.errors import RunError
from delaytables import capture


def line(time, call_id, seq, method, request="", status=""):
    return "\t".join((str(time), call_id, str(seq), method, request, status))


class Capture(unittest.TestCase):
    def told(self, *lines, incomplete=""):
        """A Capture whose tshark has told that."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        text = "\n".join(lines) + "\n" + incomplete
        program = [sys.executable, "-c", "import sys,time; sys.stdout.write(sys.argv[1]); sys.stdout.flush(); time.sleep(60)", text]
        told = capture.Capture(lambda _command: program, pathlib.Path(folder.name), 5060)
        self.addCleanup(told.stop)
        told.wait_ready(lambda: None)
        return told

    def test_from_the_invite_with_credentials(self):
        told = self.told(line(10.0, "c", 1, "INVITE", "INVITE"), line(10.1, "c", 1, "INVITE", "", "407"),
                         line(10.2, "c", 2, "INVITE", "INVITE"), line(10.3, "c", 2, "INVITE", "", "100"),
                         line(11.25, "c", 2, "INVITE", "", "180"), line(11.5, "c", 2, "INVITE", "", "180"))
        self.assertAlmostEqual(told.invite_to_180_s("c"), 1.05)

    def test_from_the_first_of_several_that_are_the_same(self):
        told = self.told(line(1.0, "c", 1, "INVITE", "INVITE"), line(1.5, "c", 1, "INVITE", "INVITE"), line(2.0, "c", 1, "INVITE", "", "180"))
        self.assertAlmostEqual(told.invite_to_180_s("c"), 1.0)

    def test_calls_are_told_apart(self):
        told = self.told(line(1.0, "a", 1, "INVITE", "INVITE"), line(5.0, "b", 1, "INVITE", "INVITE"), line(6.0, "b", 1, "INVITE", "", "180"))
        self.assertAlmostEqual(told.invite_to_180_s("b"), 1.0)
        self.assertIsNone(told.invite_to_180_s("a"))

    def test_a_line_that_is_not_whole_yet_is_none(self):
        told = self.told(line(1.0, "a", 1, "INVITE", "INVITE"), incomplete=line(2.0, "a", 1, "INVITE", "", "180"))
        self.assertIsNone(told.invite_to_180_s("a"))

    def test_a_tshark_that_ends_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            told = capture.Capture(lambda _command: ["/bin/sh", "-c", "echo no right to capture; exit 2"], pathlib.Path(folder), 5060)
            with self.assertRaisesRegex(RunError, "no right to capture"):
                told.wait_ready(lambda: None)


if __name__ == "__main__":
    unittest.main()
