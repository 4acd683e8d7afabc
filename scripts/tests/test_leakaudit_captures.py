import pathlib
import random
import struct
import tempfile
import unittest

import captures
from leakaudit import evidence, sip_text
from leakaudit.canary import Canary
from leakaudit.errors import AuditError
from leakaudit.search import Searcher

A, B = ("10.0.0.1", 5060), ("10.0.0.2", 5090)
SECRET = "Zebra7Quokka"
MESSAGE = captures.message(extra=f"Subject: {SECRET}\r\n")


class Captures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "capture"

    def findings(self, file):
        seen = evidence.Evidence("here")
        for flow in evidence.read_capture(file).flows:
            seen.add_flow(flow)
        return seen.findings(Searcher([Canary("secret", SECRET)]))

    def test_every_kind_of_file_and_link(self):
        packet = captures.udp(A, B, MESSAGE)
        six = captures.udp(("2001:db8::1", 5060), ("2001:db8::2", 5060), MESSAGE)
        made = {
            "raw": lambda: captures.pcap(self.file, [packet]), "big endian": lambda: captures.pcap(self.file, [packet], order=">"),
            "nanoseconds": lambda: captures.pcap(self.file, [packet], nanoseconds=True),
            "Ethernet": lambda: captures.pcap(self.file, [captures.ethernet(packet)], 1),
            "VLAN": lambda: captures.pcap(self.file, [captures.ethernet(packet, vlan=True)], 1),
            "any": lambda: captures.pcap(self.file, [bytes(14) + b"\x08\x00" + packet], 113),
            "any 2": lambda: captures.pcap(self.file, [b"\x08\x00" + bytes(18) + packet], 276),
            "loopback": lambda: captures.pcap(self.file, [b"\2\0\0\0" + packet], 0),
            "IPv6": lambda: captures.pcap(self.file, [captures.ethernet(six)], 1),
            "pcapng": lambda: captures.pcapng(self.file, [packet]),
            "pcapng, big endian": lambda: captures.pcapng(self.file, [packet], order=">"),
            "pcapng, simple": lambda: captures.pcapng(self.file, [packet], simple=True),
            "unknown link": lambda: captures.pcap(self.file, [b"????" + packet], 147),
            "unknown protocol": lambda: captures.pcap(self.file, [captures.ip(A[0], B[0], 132, MESSAGE)]),
            "fragments": lambda: captures.pcap(self.file, captures.fragments(packet, 40)),
            "ICMP": lambda: captures.pcap(self.file, [captures.ip(A[0], B[0], 1, b"\3\3" + bytes(6) + packet)]),
        }
        for name, make in made.items():
            with self.subTest(name):
                (found,) = self.findings(make())
                self.assertEqual(("secret", "plain"), (found.canary, found.encoding))
                self.assertIn(f"Subject: {SECRET}", found.excerpt)

    def test_what_is_told_of_a_finding(self):
        other = captures.udp(A, B, captures.message("REGISTER sip:b.example SIP/2.0"))
        (found,) = self.findings(captures.pcap(self.file, [other, captures.udp(B, A, MESSAGE), captures.udp(B, A, MESSAGE)]))
        self.assertEqual((2, "INVITE sip:bob@b.example SIP/2.0", "10.0.0.2:5090 > 10.0.0.1:5060 udp", 2, "INVITE"),
                         (found.frame, found.message, found.where, found.count, found.kind))

    def test_fragments_that_never_came_are_searched_as_they_are(self):
        parts = captures.fragments(captures.udp(A, B, MESSAGE + bytes(400)), 200)
        self.assertEqual(1, len(self.findings(captures.pcap(self.file, parts[1:]))))

    def stream(self, data, cut, start=1000, keep=lambda index: True, shuffled=False, syn=True):
        packets = [captures.tcp(A, B, start - 1, flags=2)] if syn else []
        pieces = [captures.tcp(A, B, start + at, data[at:at + cut]) for at in range(0, len(data), cut)]
        pieces = [piece for index, piece in enumerate(pieces) if keep(index)]
        if shuffled:
            random.Random(1).shuffle(pieces)
            pieces += pieces[:4]  # sent again
        return captures.pcap(self.file, packets + pieces)

    def test_streams(self):
        data = captures.message(call_id="first") + MESSAGE + captures.message(call_id="third")
        for name, options in {"as sent": {}, "disordered": {"shuffled": True}, "from the middle": {"syn": False},
                              "over the end of the numbers": {"start": 0xFFFFFFF0, "shuffled": True}}.items():
            with self.subTest(name):
                file = self.stream(data, 7, **options)
                (flow,) = evidence.read_capture(file).flows
                self.assertEqual((data, 0), (flow.data, flow.missing))
                self.assertEqual(["first", "a1", "third"], [one.get("call-id") for one in sip_text.messages(flow.data)])
                (found,) = self.findings(file)
                self.assertEqual("INVITE sip:bob@b.example SIP/2.0", found.message)

    def test_a_hole_is_counted_and_joins_no_words(self):
        data = b"x" * 10 + SECRET.encode()[:6] + b"y" * 6 + SECRET.encode()[6:]
        file = self.stream(data, 2, keep=lambda index: not 8 <= index <= 10)
        (flow,) = evidence.read_capture(file).flows
        self.assertEqual(6, flow.missing)
        self.assertEqual([], self.findings(file))

    def test_connections_between_the_same_ends_are_apart(self):
        packets = [captures.tcp(A, B, 99, flags=2), captures.tcp(A, B, 100, b"one"),
                   captures.tcp(A, B, 5000, flags=2), captures.tcp(A, B, 5001, b"two")]
        self.assertEqual([b"one", b"two"], [flow.data for flow in evidence.read_capture(captures.pcap(self.file, packets)).flows])

    def test_parts_that_overlap(self):
        packets = [captures.tcp(A, B, 99, flags=2), captures.tcp(A, B, 100, b"abcd"), captures.tcp(A, B, 102, b"cdef"),
                   captures.tcp(A, B, 105, b"f"), captures.tcp(A, B, 106, b"g")]
        self.assertEqual(b"abcdefg", evidence.read_capture(captures.pcap(self.file, packets)).flows[0].data)

    def test_cut_packets_are_counted(self):
        self.assertEqual(1, evidence.read_capture(captures.pcap(self.file, [captures.udp(A, B, MESSAGE)], missing=5)).cut)

    def test_files_that_are_none(self):
        for data in (b"", b"nonsense", b"\xd4\xc3\xb2\xa1" + bytes(20) + struct.pack("<IIII", 0, 0, 1 << 30, 1)):
            self.file.write_bytes(data)
            with self.assertRaises(AuditError):
                evidence.read_capture(self.file)

    def test_a_file_that_was_cut_within_a_packet(self):
        whole = captures.pcap(self.file, [captures.udp(A, B, MESSAGE)] * 2).read_bytes()
        self.file.write_bytes(whole[:-10])
        self.assertEqual(1, evidence.read_capture(self.file).frames)


class Messages(unittest.TestCase):
    def lines(self, data):
        return [one.line for one in sip_text.messages(data)]

    def test_a_status_line_in_a_body_is_no_message(self):
        notify = captures.message("NOTIFY sip:a@x SIP/2.0", body=b"SIP/2.0 200 OK\r\n")
        answer = captures.message("SIP/2.0 200 OK", body=b"no newline")
        self.assertEqual(["NOTIFY sip:a@x SIP/2.0", "SIP/2.0 200 OK", "BYE sip:b@y SIP/2.0"],
                         self.lines(b"\r\n\r\n" + notify + answer + captures.message("BYE sip:b@y SIP/2.0")))

    def test_compact_names_and_folded_lines(self):
        (one,) = sip_text.messages(b"INVITE sip:x SIP/2.0\r\ni: call\r\ns: a\r\n  b\r\nCSeq: 7 INVITE\r\nl: 0\r\n\r\n")
        self.assertEqual(("call", "a b", "INVITE"), (one.get("call-id"), one.get("subject"), one.kind))

    def test_kinds(self):
        (one,) = sip_text.messages(captures.message("SIP/2.0 486 Busy here"))
        self.assertEqual("486 to INVITE", one.kind)
