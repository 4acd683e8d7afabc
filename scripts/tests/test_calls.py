import unittest

from callrun import calls, circuits, report
from callrun.circuits import Carriers, Circuit, Stream
from callrun.network import Evidence, RawTimes
from callrun.placing import Result
from callrun.sipp_log import CallTrace
from callrun.tor_network import TorNetwork

TOR = TorNetwork(None)


def result(joined, distinct, raw):
    return Result(Evidence(joined, distinct, "by tor's events", {}), RawTimes(raw, raw[:1]), "")


def circuit(call):
    return call.carrier.name if call.carrier else None


def trace(name, start, ringing=2.6):
    return CallTrace(name, start, start + 0.001, start + ringing, start + ringing, start + ringing, start + ringing, start + 4)


def timeline(name, outbound, **changed):
    times = {"link_ready_ms": 2500.0, "sent_ms": 2500.0, "first_answer_ms": 2598.0, "ringing_ms": 2599.0, "busy_ms": 0.5}
    if not outbound:
        times = {"link_ready_ms": 1.0, "sent_ms": 1.0, "first_answer_ms": 31.0, "ringing_ms": 31.5, "busy_ms": 0.25}
    return {"call": calls.digest(name), "wire": calls.digest(name + " on the wire"), "outbound": outbound, "link": 1, "status": 200, **times, **changed}


def stream(number, circuit, start):
    return Stream(number, "b.onion:5060", ("u", f"p{number}"), start + 0.01, start + 2.0, start + 2.5, circuit)


class Calls(unittest.TestCase):
    def join(self, traces, streams, caller=None):
        return calls.join(traces, {"calls": caller or [timeline(t.call_id, True) for t in traces]},
                          {"calls": [timeline(t.call_id, False) for t in traces]},
                          Carriers(streams, {s.circuit: Circuit(s.circuit, "HS_CLIENT_REND") for s in streams}))

    def test_digest_is_that_of_the_status(self):
        self.assertEqual("e3b0c44298fc1c14", calls.digest(""))

    def test_parts_sum_up(self):
        (call,) = self.join([trace("a", 100.0)], [stream(1, 7, 100.0)])
        self.assertAlmostEqual(2.0, call.link_ready_s)
        self.assertAlmostEqual(0.03, call.callee_s)
        self.assertAlmostEqual(0.00075, call.bridge_s)
        self.assertAlmostEqual(2.6, call.link_ready_s + call.callee_s + call.bridge_s + call.network_s)
        self.assertEqual((7, "HS_CLIENT_REND"), (call.carrier.name, call.carrier.purpose))

    def test_an_open_link_is_ready_at_once(self):
        (call,) = self.join([trace("a", 100.0, 0.6)], [], [timeline("a", True, link_ready_ms=0.1)])
        self.assertAlmostEqual(0.0001, call.link_ready_s)
        self.assertIsNone(call.carrier)

    def test_parts_are_unknown_without_a_record(self):
        (call,) = calls.join([trace("a", 100.0)], None, {"calls": []}, Carriers([], {}))
        self.assertEqual((None, None, None), (call.link_ready_s, call.network_s, call.bridge_s))
        self.assertAlmostEqual(2.6, call.invite_to_180_s)

    def test_streams_go_to_the_call_of_their_time_and_a_repeated_dial_counts_as_the_one_that_came_through(self):
        failed = Stream(1, "b.onion:5060", ("u", "p1"), 100.1, None, None, 6)
        streams = [failed, stream(2, 7, 100.5), stream(3, 8, 110.0)]
        joined = self.join([trace("a", 100.0), trace("b", 110.0)], streams)
        self.assertEqual([7, 8], [circuit(call) for call in joined])
        self.assertEqual(2, circuits.distinct(joined, streams))

    def test_an_invite_that_is_logged_after_tor_was_asked_keeps_its_stream(self):
        early = Stream(2, "b.onion:5060", ("u", "p2"), 109.99, 112.0, 112.5, 8)
        joined = self.join([trace("a", 100.0), trace("b", 110.0)], [stream(1, 7, 100.0), early])
        self.assertEqual([7, 8], [circuit(call) for call in joined])

    def test_a_circuit_of_two_calls_counts_for_neither(self):
        streams = [stream(1, 7, 100.0), stream(2, 7, 110.0), stream(3, 8, 120.0)]
        joined = self.join([trace("a", 100.0), trace("b", 110.0), trace("c", 120.0)], streams)
        self.assertEqual(1, circuits.distinct(joined, streams))

    def test_a_circuit_that_carried_a_foreign_stream_does_not_count(self):
        own, foreign = stream(1, 7, 100.0), stream(2, 7, 50.0)
        joined = self.join([trace("a", 100.0)], [own])
        self.assertEqual(0, circuits.distinct(joined, [own, foreign]))

    def test_a_standby_stream_is_found_by_its_credential_though_it_was_opened_before_the_call_or_calls_overlap(self):
        early = [stream(1, 7, 10.0), stream(2, 8, 11.0)]
        caller = [timeline(name, True, link_ready_ms=0.2, source="standby", credential=calls.digest(f"u:{password}"), moved=moved)
                  for name, password, moved in (("a", "p2", 0), ("b", "p1", 1))]
        joined = self.join([trace("a", 100.0, 0.6), trace("b", 100.1, 0.6)], early, caller)
        self.assertEqual([8, 7], [circuit(call) for call in joined])
        self.assertEqual([0.0002, 0.0002], [call.link_ready_s for call in joined])
        self.assertEqual(({"standby": 2}, 2), (calls.sources(joined), circuits.distinct(joined, early)))
        figures = report.as_json(result(joined, 2, [0.5]), 2, TOR, {})
        self.assertEqual(({"standby": 2}, 1, 1.2), (figures["calls_by_source"], figures["moved"], figures["ratio_to_raw_median"]["median"]))

    def test_a_credential_that_tor_never_saw_has_no_circuit(self):
        caller = [timeline("a", True, source="built", credential="0" * 16, moved=0)]
        (call,) = self.join([trace("a", 100.0)], [stream(1, 7, 100.0)], caller)
        self.assertIsNone(call.carrier)

    def test_without_a_credential_nothing_is_guessed_where_calls_overlap(self):
        (call,) = calls.join([trace("a", 100.0)], {"calls": [timeline("a", True)]}, None, Carriers([stream(1, 7, 100.0)], {}, sequential=False))
        self.assertIsNone(call.carrier)

    def test_a_long_table_shows_what_needs_a_look(self):
        bad = CallTrace("bad", 5000.0, failure=480)
        joined = self.join([*(trace(f"c{i}", 10.0 * i, 0.5 + i / 1000) for i in range(200)), bad], [])
        lines = report.call_table(joined, "circuit")
        self.assertLess(len(lines), 12)
        self.assertIn("refused with 480", lines[-1])

    def test_report(self):
        good, bad = trace("a", 100.0), CallTrace("b", 110.0, failure=480)
        streams = [stream(1, 7, 100.0)]
        joined = self.join([good, bad], streams)
        figures = report.as_json(result(joined, 1, [0.5, 0.52]), 2, TOR, {"wire": "loopback"})
        self.assertEqual((2, 1, 1), (figures["calls"], figures["completed"], figures["distinct_circuits"]))
        self.assertEqual(2.6, figures["invite_to_180_s"]["median"])
        self.assertEqual(0.51, figures["raw_round_trip_s"]["median"])
        self.assertEqual([200, 480], [call["answer"] for call in figures["per_call"]])
        text = report.text(result(joined, 1, [0.5]), figures, TOR)
        self.assertIn("refused with 480", text)
        self.assertEqual("1 of 2 calls complete, 1 distinct circuits", text.splitlines()[-1])
