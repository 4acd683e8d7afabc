import base64
import pathlib
import tempfile
import unittest

from callrun import sam_record
from labnet.sam import host_of

HELLO = b"HELLO REPLY RESULT=OK VERSION=3.1\n"


def destination(letter):
    return base64.b64encode(letter * 391, b"-~").decode()


def message(start, call_id, body=b""):
    return f"{start}\r\nCall-ID: {call_id}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class SamRecord(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.count = 0

    def link(self, asked, came):
        self.count += 1
        (self.folder / f"{self.count}.out").write_bytes(b"HELLO VERSION MIN=3.0 MAX=3.1\n" + asked)
        (self.folder / f"{self.count}.in").write_bytes(HELLO + came)

    def test_callers_and_their_calls(self):
        accept = b"STREAM ACCEPT ID=x SILENT=false\n"
        one, other = destination(b"a"), destination(b"b")
        self.link(b"SESSION CREATE STYLE=STREAM ID=x DESTINATION=secret\n", b"SESSION STATUS RESULT=OK DESTINATION=secret\n")
        self.link(accept + message("SIP/2.0 180 Ringing", "c1"),
                  f"STREAM STATUS RESULT=OK\n{one} FROM_PORT=0 TO_PORT=0\n".encode() + b"\r\n\r\n" + message("INVITE sip:b SIP/2.0", "c1", b"v=0\r\n")
                  + message("ACK sip:b SIP/2.0", "c1"))
        self.link(accept, f"STREAM STATUS RESULT=OK\n{other}\n\r\n\r\n".encode())
        self.link(accept, b"STREAM STATUS RESULT=OK\n")  # nobody has called yet
        self.assertEqual([(host_of(one), ("c1",)), (host_of(other), ())], [(caller.host, caller.calls) for caller in
                                                                         sam_record.callers(self.folder)])

    def test_a_session_that_carries_two_calls(self):
        self.link(b"STREAM ACCEPT ID=x SILENT=false\n", f"STREAM STATUS RESULT=OK\n{destination(b'a')}\n".encode()
                  + message("INVITE sip:b SIP/2.0", "c1") + message("INVITE sip:b SIP/2.0", "c2"))
        self.assertEqual(("c1", "c2"), sam_record.callers(self.folder)[0].calls)


if __name__ == "__main__":
    unittest.main()
