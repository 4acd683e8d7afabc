import base64
import hashlib
import os
import unittest

from leakaudit.canary import Canary
from leakaudit.search import Searcher

TEXT = "Zebra7Quokka"


def forms(text):
    """{encoding as it is reported: [what must be recognized as it]}"""
    plain = text.encode()
    return {
        "plain": [plain, plain.upper(), plain.lower()],
        "percent-encoded": [b"%5Aebra7%51uokka", b"%5a%65%62%72%61%37Quokka", b"Zebra7Quokk%61", b"%255Aebra7Quokka"],
        "backslash-quoted": [b"Zebra\\7Quokka", b"\\Z\\ebra7Quokk\\a"],
        "UTF-16": [text.encode("utf-16-le"), text.upper().encode("utf-16-be")],
        "base64": [coded for skipped in range(3) for before in (b"x" * skipped, b"\xff" * skipped) for coded in (
            base64.b64encode(before + plain + b"\xff\xff"), base64.urlsafe_b64encode(before + plain.upper() + b"\xff\xff"),
            base64.b64encode(before + plain).rstrip(b"="), base64.encodebytes(b"y" * 55 + before + plain + b"z" * 60))],
        "base32": [coded for skipped in range(5) for coded in (
            base64.b32encode(b"x" * skipped + plain + b"yz"), base64.b32encode(b"x" * skipped + plain.upper()).lower().rstrip(b"="))],
        "hexadecimal": [plain.hex().encode(), plain.upper().hex().upper().encode(), plain.hex(":").encode(), plain.hex("-").encode(),
                        b"0" + plain.hex().encode()],
        "UTF-16 in base64": [base64.b64encode(text.encode("utf-16-le"))],
        "MD5": [hashlib.md5(plain).hexdigest().encode(), base64.b64encode(hashlib.md5(plain.lower()).digest())],
        "SHA256": [hashlib.sha256(plain).hexdigest().upper().encode(), base64.b32encode(hashlib.sha256(plain).digest()).lower(),
                   base64.urlsafe_b64encode(hashlib.sha256(plain).digest()), hashlib.sha256(plain).hexdigest()[:20].encode()],
    }


class Search(unittest.TestCase):
    def setUp(self):
        self.searcher = Searcher([Canary("one", TEXT), Canary("another", "Wombat5Heron")])

    def found(self, data):
        return [(hit.canary.name, hit.encoding) for hit in self.searcher.hits(data)]

    def test_every_encoding_wherever_it_stands(self):
        for encoding, coded in forms(TEXT).items():
            for one in coded:
                for before in (b"", b"Subject: ", b"tag=", b"a\r\nContact: <sip:"):
                    with self.subTest(encoding=encoding, coded=one, before=before):
                        self.assertEqual([("one", encoding)], self.found(before + one + b"\r\nTo: x\r\n"))

    def test_inside_a_longer_run_of_the_same_letters(self):
        for skipped in range(8):
            for coded in (base64.b64encode(b"abcdefg" + TEXT.encode() + b"hijkl"), base64.b32encode(b"abcdefg" + TEXT.encode() + b"hi"),
                          (b"abcdefg" + TEXT.encode()).hex().encode()):
                with self.subTest(skipped=skipped, coded=coded):
                    self.assertEqual(["one"], [name for name, _ in self.found(b"=" + b"a" * skipped + coded + b"\r\n")])

    def test_the_place_is_that_in_the_searched_bytes(self):
        for encoding, coded in forms(TEXT).items():
            data = b"%41" * 9 + b"\r\nX-Some: thing; " * 5 + coded[0] + b"\r\n"
            (hit,) = self.searcher.hits(data)
            self.assertLessEqual(abs(hit.offset - data.index(coded[0])), 3, encoding)

    def test_many_at_once(self):
        data = f"From: {TEXT}\r\nTo: Wombat5Heron\r\nSubject: {base64.b64encode(b'Wombat5Heron').decode()}\r\n".encode()
        self.assertEqual([("one", "plain"), ("another", "plain"), ("another", "base64")], self.found(data))

    def test_nothing_in_what_is_random(self):
        searcher = Searcher([Canary(str(number), f"Zebra7{number}") for number in range(300)])
        data = b"\r\n".join(b"sip:pv" + base64.b32encode(os.urandom(90)).lower() + b"@x; " + base64.b64encode(os.urandom(90)) +
                            os.urandom(40).hex().encode() for _ in range(500))
        self.assertEqual([], searcher.hits(data))

    def test_short_ones_are_whole_words_of_plain_text(self):
        searcher = Searcher([Canary("short", "bob")])
        self.assertEqual(2, len(searcher.hits(b"sip:bob@b.example, <sip:BOB;x>")))
        self.assertEqual([], searcher.hits(b"sip:pvbobq7 bobby " + base64.b64encode(b"bob bob bob")))

    def test_addresses(self):
        searcher = Searcher([Canary("address", "10.1.2.3"), Canary("sixth", "2001:db8::17"), Canary("hardware", "02:AB:cd:00:11:22")])
        for text in (b"10.1.2.3", b"c=IN IP4 10.1.2.3\r\n", b"0a010203", b"167838211", b"[2001:db8::17]",
                     b"2001:0db8:0000:0000:0000:0000:0000:0017", b"20010db8000000000000000000000017", b"02-ab-CD-00-11-22",
                     b"02abcd001122", b"sip:10%2e1.2.3", base64.b64encode(b"at 10.1.2.3!")):
            self.assertEqual(1, len(searcher.hits(text)), text)
        for text in (b"110.1.2.3", b"10.1.2.34", b"10.1.2.4", b"2001:db8::18"):
            self.assertEqual([], searcher.hits(text), text)

    def test_letters_beyond_ascii(self):
        searcher = Searcher([Canary("name", "Jürgen Müller")])
        for text in ("Jürgen Müller", "JÜRGEN MÜLLER", "jürgen müller"):
            self.assertEqual(1, len(searcher.hits(text.encode())), text)
        self.assertEqual(1, len(searcher.hits("Jürgen Müller".encode("latin-1"))))
        self.assertEqual(1, len(searcher.hits(b"J%C3%BCrgen%20M%c3%bcller")))
        self.assertEqual(1, len(searcher.hits(base64.b64encode("Jürgen Müller".encode()))))
