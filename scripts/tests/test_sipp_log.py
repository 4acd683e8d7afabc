import unittest

from callrun.sipp_log import CallTraces


def record(second, direction, text):
    body = text.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    size = f"({len(body)} bytes):" if direction == "sent" else f"[{len(body)}] bytes :"
    head = f"----------------------------------------------- 2026-11-20 12:39:{second:09.6f}\nUDP message {direction} {size}\n\n"
    return head.encode() + body + b"\n"


def request(method, call):
    return f"{method} sip:bob@bob.example SIP/2.0\nCall-ID: {call}\nCSeq: 1 {method}"


def response(status, method, call):
    return f"SIP/2.0 {status} Reason\nCall-ID: {call}\nCSeq: 1 {method}"


def call(name, start):
    return b"".join([
        record(start, "sent", request("INVITE", name)), record(start + 0.002, "received", response(100, "INVITE", name)),
        record(start + 2.5, "received", response(180, "INVITE", name)), record(start + 2.6, "received", response(200, "INVITE", name)),
        record(start + 2.7, "sent", request("ACK", name)), record(start + 2.8, "sent", request("BYE", name)),
        record(start + 3.4, "received", response(200, "BYE", name))])


class SippLog(unittest.TestCase):
    def read(self, *parts):
        traces = CallTraces()
        for part in parts:
            traces.feed(part)
        return traces.all()

    def test_a_complete_call(self):
        (trace,) = self.read(call("1-7@127.0.0.1", 10))
        self.assertTrue(trace.complete)
        self.assertEqual("1-7@127.0.0.1", trace.call_id)
        self.assertAlmostEqual(2.5, trace.invite_to_ringing, places=5)

    def test_two_calls_in_pieces_of_one_byte(self):
        log = call("a", 10) + call("b", 20)
        traces = self.read(*(log[i:i + 1] for i in range(len(log))))
        self.assertEqual(["a", "b"], [trace.call_id for trace in traces])
        self.assertTrue(all(trace.complete for trace in traces))

    def test_every_missing_message_makes_the_call_incomplete(self):
        records = ["-" * 47 + part for part in call("a", 10).decode().split("-" * 47)[1:]]
        for missing in range(1, len(records)):
            left = "".join(records[:missing] + records[missing + 1:])
            self.assertFalse(self.read(left.encode())[0].complete, records[missing])

    def test_a_repeated_invite_counts_from_the_first(self):
        (trace,) = self.read(record(1, "sent", request("INVITE", "a")), record(1.5, "sent", request("INVITE", "a")),
                             record(3, "received", response(180, "INVITE", "a")))
        self.assertAlmostEqual(2, trace.invite_to_ringing, places=5)

    def test_a_refused_call(self):
        (trace,) = self.read(record(1, "sent", request("INVITE", "a")), record(2, "received", response(480, "INVITE", "a")),
                             record(2, "sent", request("ACK", "a")))
        self.assertEqual(480, trace.failure)
        self.assertFalse(trace.complete)
        self.assertIsNone(trace.invite_to_ringing)

    def test_a_body_that_looks_like_a_record_is_no_record(self):
        inner = record(5, "sent", request("INVITE", "fake")).decode()
        (trace,) = self.read(record(1, "sent", request("INVITE", "a") + "\n\n" + inner))
        self.assertEqual("a", trace.call_id)
