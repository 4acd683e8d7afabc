import threading
import time
import types
import unittest
import unittest.mock

from callrun.errors import RunError
from delaytables import raw
from labnet.errors import LabError


class Stream:
    def __init__(self, breaks=False):
        self.breaks, self.closed = breaks, False
        self.socket = types.SimpleNamespace(settimeout=lambda seconds: None, shutdown=lambda how: None)

    def round_trips_ms(self, count):
        if self.breaks:
            raise EOFError("closed")
        return [500.0] * count

    def close(self):
        self.closed = True


class Path:
    """`streams`: what open() returns, an exception is raised, a callable is called; Streams without end at last."""

    def __init__(self, *streams):
        self.streams, self.opened, self.closed = list(streams), [], False

    def wait_published(self):
        pass

    def open(self):
        one = self.streams.pop(0) if self.streams else Stream()
        if isinstance(one, Exception):
            raise one
        self.opened.append(one() if callable(one) else one)
        return self.opened[-1]

    def close(self):
        self.closed = True


@unittest.mock.patch.object(raw, "_PAUSE_S", 0.01)
class Leg(unittest.TestCase):
    def leg(self, path, most=3):
        self.stopped = threading.Event()
        leg = raw._Leg(lambda: path, most, self.stopped)
        leg.start(time.monotonic() + 5)
        leg.check()
        return leg

    def test_a_stream_carries_some_echoes_and_is_closed_before_the_next_is_opened(self):
        path = Path()
        leg = self.leg(path)
        self.assertEqual([0.5] * 7, [leg.echo() for _ in range(7)])
        self.assertEqual([True, True, False], [stream.closed for stream in path.opened])

    def test_one_that_breaks_is_opened_anew(self):
        path = Path(Stream(breaks=True), LabError("refused"), TimeoutError(), Stream())
        self.assertEqual(0.5, self.leg(path).echo())
        self.assertEqual([True, False], [stream.closed for stream in path.opened])

    def test_a_leg_that_never_opens_is_an_error(self):
        with unittest.mock.patch.object(raw, "_REOPEN_S", 0.05):
            leg = self.leg(path := Path())
            leg._left = 0
            path.streams = [LabError("refused")] * 1000
            with self.assertRaisesRegex(RunError, "refused"):
                leg.echo()
        leg = raw._Leg(lambda: Path(*[LabError("no echo")] * 1000), 3, threading.Event())
        leg.start(time.monotonic() + 0.05)
        with self.assertRaisesRegex(RunError, "no echo"):
            leg.check()

    def test_stop_ends_an_opening_and_what_comes_of_it_is_closed(self):
        release, late = threading.Event(), Stream()
        leg = self.leg(path := Path(Stream(), lambda: release.wait(5) and late))
        leg._left = 0
        threading.Timer(0.05, lambda: (self.stopped.set(), leg.stop())).start()
        begin = time.monotonic()
        with self.assertRaisesRegex(RunError, "stopped"):
            leg.echo()
        self.assertLess(time.monotonic() - begin, 2)
        self.assertTrue(path.closed)
        self.assertFalse(late.closed)
        release.set()
        for _ in range(100):
            if late.closed:
                break
            time.sleep(0.01)
        self.assertTrue(late.closed)

    def test_who_calls_whom(self):
        for way, topology, expected in (("tor-exit", "paper", [("a2", "b2"), ("p2", "b2")]), ("orbot", "paper", [("a2", "b2"), ("p2", "b2")]),
                                        ("tor-onion", "paper", [("a2", "b2"), ("b2", "p2")]), ("i2p", "paper", [("a2", "b2"), ("b2", "p2")]),
                                        ("i2p-http", "paper", [("a2", "b2"), ("p2", "b2")]), ("tor-onion", "phones", [("a2", "p2")]),
                                        ("torsocks", "phones", [("a2", "p2")])):
            with self.subTest(way=way, topology=topology):
                lane = raw.RawLane(way, topology, types.SimpleNamespace(labs={"tor": None, "i2p": None}), 2)
                self.assertEqual(expected, lane._ends(topology, "a2", "b2", "p2"))
                self.assertEqual(len(expected), len(lane._legs))


if __name__ == "__main__":
    unittest.main()
