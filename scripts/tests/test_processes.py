import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from labnet import processes


class Processes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.lab = pathlib.Path(folder.name)
        self.node = self.lab / "nodes" / "echo"
        self.node.mkdir(parents=True)
        self.addCleanup(processes.stop, self.lab)

    def start_echo(self):
        processes.spawn(processes.echo_command(self.node / "echo.sock", "127.0.0.1", 0), self.node / "log", ready_line=True)

    def test_found_by_command_line_and_ended(self):
        self.start_echo()
        self.assertEqual({"echo"}, set(processes.find(self.lab)))
        self.assertEqual({}, processes.find(self.lab.parent / "other"))
        processes.stop(self.lab, {"somebody else"})
        self.assertEqual({"echo"}, set(processes.find(self.lab)))
        processes.stop(self.lab)
        self.assertEqual({}, processes.find(self.lab))

    def test_frozen_process_is_ended_too(self):
        self.start_echo()
        self.assertTrue(processes.send_signal(self.lab, "echo", signal.SIGSTOP))
        processes.stop(self.lab, patience=2.0)
        self.assertEqual({}, processes.find(self.lab))
        self.assertFalse(processes.send_signal(self.lab, "echo", signal.SIGTERM))

    def test_a_stranger_who_reads_our_files_is_left_alone(self):
        log = self.node / "notice.log"
        log.touch()
        stranger = subprocess.Popen(["tail", "-f", str(log)], stdout=subprocess.DEVNULL)
        try:
            self.assertEqual({}, processes.find(self.lab))
            processes.stop(self.lab)
            self.assertIsNone(stranger.poll())
        finally:
            stranger.kill()
            stranger.wait()

    def test_failure_to_start_tells_why(self):
        program = [sys.executable, "-c", "import sys; sys.exit('no device')"]
        with self.assertRaisesRegex(processes.StartError, "no device"):
            processes.spawn(program, self.node / "log", ready_line=True)

    def test_echo_gives_back(self):
        self.start_echo()
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(self.node / "echo.sock"))
            client.sendall(b"hello")
            self.assertEqual(b"hello", client.recv(5, socket.MSG_WAITALL))


if __name__ == "__main__":
    unittest.main()
