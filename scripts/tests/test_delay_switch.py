"""Datagrams through the delay switch, between two of its namespaces."""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import unittest

from labnet import processes, topology, wires
from labnet.errors import LabError

COUNT = 600
DELAY_MS, JITTER_MS, LOSS_PERCENT = 5.0, 2.0, 10.0

# What both print is "NUMBER TIME", by a clock that all namespaces share.
SENDER = """
import socket, sys, time
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[2])):
    print(number, time.monotonic())
    end.sendto(number.to_bytes(2, "big"), (sys.argv[1], 21007))
    time.sleep(0.001)
"""
RECEIVER = """
import socket, sys, time
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.bind((sys.argv[1], 21007))
print("ready", flush=True)
end.settimeout(5)
try:
    while True:
        data = end.recv(2)
        print(int.from_bytes(data, "big"), time.monotonic())
        end.settimeout(0.5)
except TimeoutError:
    pass
"""


def undisturbed(delays):
    """What a tenth had at most: a machine that is busy elsewhere holds up some hundred of them at a time."""
    return statistics.quantiles(delays.values(), n=10)[0]


class DelaySwitch(unittest.TestCase):
    def delays_ms(self, jitter_ms=0.0, loss_percent=0.0, seed=1):
        """{number: time on the way} of the datagrams that arrived, in the order of their arrival."""
        with tempfile.TemporaryDirectory() as folder:
            nodes = [topology.Node(f"n{i}", "user", f"10.88.0.{10 + i}", DELAY_MS, jitter_ms, loss_percent) for i in range(2)]
            wire = wires.Namespaces(pathlib.Path(folder), nodes, seed)
            try:
                wire.start()
            except (processes.StartError, OSError) as error:
                self.skipTest(f"no namespaces: {error}")
            try:
                return self._delays_ms(wire, *nodes)
            finally:
                processes.stop(folder)

    def _delays_ms(self, wire, near, far):
        with subprocess.Popen(wire.command(far, [sys.executable, "-c", RECEIVER, far.address]), stdout=subprocess.PIPE, text=True) as receiver:
            self.assertEqual("ready\n", receiver.stdout.readline())
            sender = subprocess.run(wire.command(near, [sys.executable, "-c", SENDER, far.address, str(COUNT)]), stdout=subprocess.PIPE,
                                    text=True, check=True)
            sent = self._times(sender.stdout)
            return {number: (time - sent[number]) * 1000 for number, time in self._times(receiver.stdout.read()).items()}

    @staticmethod
    def _times(text):
        return {int(number): float(time) for number, time in (line.split() for line in text.splitlines())}

    def test_without_jitter_and_loss_all_arrive_after_the_delays_of_both(self):
        delays = self.delays_ms()
        self.assertEqual(list(range(COUNT)), list(delays))
        self.assertGreaterEqual(min(delays.values()), 2 * DELAY_MS)
        self.assertLess(undisturbed(delays), 2 * DELAY_MS + 1)

    def test_jitter_adds_to_the_delay_and_keeps_the_order(self):
        delays = self.delays_ms(jitter_ms=JITTER_MS)
        self.assertEqual(list(range(COUNT)), list(delays))
        self.assertGreaterEqual(min(delays.values()), 2 * DELAY_MS)
        # Two draws with that mean; keeping the order, 1 ms apart, adds to it.
        self.assertGreater(statistics.mean(delays.values()), 2 * DELAY_MS + 2 * JITTER_MS - 1)
        self.assertLess(undisturbed(delays), 2 * DELAY_MS + 2 * 10 * JITTER_MS)
        self.assertGreater(statistics.stdev(delays.values()), JITTER_MS / 2)

    def test_the_seed_decides_which_are_lost(self):
        first, again, other = (self.lost(seed) for seed in (7, 7, 8))
        expected = COUNT * (1 - (1 - LOSS_PERCENT / 100) ** 2)  # one line after the other
        self.assertAlmostEqual(expected, len(first), delta=4.5 * (expected * (1 - expected / COUNT)) ** 0.5)
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def lost(self, seed):
        return set(range(COUNT)) - set(self.delays_ms(loss_percent=LOSS_PERCENT, seed=seed))

    def test_a_table_that_is_none_is_refused(self):
        for line, complaint in (("10.88.0.10", "not a line"), ("10.88.0.10 5 1", "not a line"), ("10.88.0.10 5 -1 0", "not a delay"),
                                ("10.88.0.10 5 1 101", "not a loss"), ("10.88.0 5", "not an IPv4"), ("", "not a line")):
            with self.subTest(line=line), tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(LabError, complaint):
                wires._start_program("delay_switch", pathlib.Path(folder), [line])


if __name__ == "__main__":
    unittest.main()
