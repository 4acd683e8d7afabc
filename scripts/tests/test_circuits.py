import unittest

from callrun.circuits import read_events, shared_circuits

ONION = "abc.onion:5060"
AUTH = 'SOCKS_USERNAME="<torS0X>0" SOCKS_PASSWORD="{}"'


def stream_events(number, circuit, password, start=10.0):
    auth = AUTH.format(password)
    return [(start, f"STREAM {number} NEW 0 {ONION} SOURCE_ADDR=(Tor_internal):0 PURPOSE=USER {auth} CLIENT_PROTOCOL=SOCKS5"),
            (start + 0.1, f"STREAM {number} CONTROLLER_WAIT 0 {ONION} {auth}"),
            (start + 2.0, f"STREAM {number} SENTCONNECT {circuit} {ONION} {auth}"),
            (start + 2.5, f"STREAM {number} SUCCEEDED {circuit} {ONION} {auth}"),
            (start + 9.0, f"STREAM {number} CLOSED {circuit} {ONION} REASON=DONE {auth}")]


class Circuits(unittest.TestCase):
    def test_a_stream_and_its_circuit(self):
        streams, circuits = read_events([
            (9.0, "CIRC 7 LAUNCHED BUILD_FLAGS=IS_INTERNAL PURPOSE=HS_CLIENT_REND HS_STATE=HSCR_CONNECTING " + AUTH.format("p1")),
            (9.5, "CIRC 7 BUILT $AA~relay0,$BB~relay1 PURPOSE=HS_CLIENT_REND"), *stream_events(3, 7, "p1")])
        self.assertEqual((ONION, 7, 10.0, 12.0, 12.5), (streams[3].target, streams[3].circuit, streams[3].asked, streams[3].attached,
                                                        streams[3].connected))
        self.assertEqual(("<torS0X>0", "p1"), streams[3].credential)
        self.assertEqual(("HS_CLIENT_REND", ("<torS0X>0", "p1")), (circuits[7].purpose, circuits[7].credential))

    def test_a_stream_that_failed_on_one_circuit_belongs_to_the_next(self):
        events = stream_events(3, 7, "p")[:3] + [(13.0, f"STREAM 3 DETACHED 7 {ONION} REASON=TIMEOUT")] + stream_events(3, 8, "p", 14)[2:4]
        self.assertEqual(8, read_events(events)[0][3].circuit)

    def test_shared_circuits(self):
        streams, _ = read_events(stream_events(1, 7, "a") + stream_events(2, 8, "b") + stream_events(3, 7, "c"))
        self.assertEqual({7}, shared_circuits(streams.values()))

    def test_quoted_credentials_with_spaces(self):
        streams, _ = read_events([(1.0, f'STREAM 1 NEW 0 {ONION} SOCKS_USERNAME="a b" SOCKS_PASSWORD="c" PURPOSE=USER')])
        self.assertEqual(("a b", "c"), streams[1].credential)

    def test_other_events_are_passed_over(self):
        self.assertEqual(({}, {}), read_events([(1.0, "HS_DESC UPLOAD abc"), (1.0, "CIRC"), (1.0, "STREAM 1 NEW")]))
