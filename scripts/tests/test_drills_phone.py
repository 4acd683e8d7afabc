import contextlib
import select
import socket
import threading
import time
import unittest

from drills.phone import Phone


class Between:
    """Stands between two phones on UDP, as a bridge does: changes the place where answers come from, and can lose what comes."""

    def __init__(self, test):
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for one in self.sockets:
            one.bind(("127.0.0.1", 0))
            test.addCleanup(one.close)
        self.ports = [one.getsockname()[1] for one in self.sockets]
        self.phones = [None, None]
        self.lose = set()  # starts of messages, lost once each
        self.duplicate = set()
        self.new_branch = set()
        self._open = True
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(setattr, self, "_open", False)

    def _run(self):
        while self._open:
            for index, one in enumerate(self.sockets):
                if select.select([one], [], [], 0.01)[0]:
                    self._hand_on(index, one.recv(65535))

    def _hand_on(self, index, data):
        start = next((start for start in self.lose if data.startswith(start)), None)
        if start:
            self.lose.discard(start)
            return
        target = ("127.0.0.1", self.phones[1 - index].port)
        self.sockets[1 - index].sendto(data, target)
        for mark, change in ((self.duplicate, lambda data: data), (self.new_branch, lambda data: data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx"))):
            start = next((start for start in mark if data.startswith(start)), None)
            if start:
                mark.discard(start)
                self.sockets[1 - index].sendto(change(data), target)


class Phones(unittest.TestCase):
    def setUp(self):
        self.between = Between(self)
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.alice, self.bob = (stack.enter_context(contextlib.closing(Phone(name, ("127.0.0.1", port))))
                                for name, port in zip(("alice", "bob"), self.between.ports))
        self.between.phones = [self.alice, self.bob]

    def until(self, condition, seconds=5):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def established(self):
        asked = self.alice.call("sip:bob-1@bob.example")
        self.until(lambda: asked.final and self.bob.arrivals("INVITE") and self.bob.confirmed(self.bob.arrivals("INVITE")[0].request))
        return asked

    def test_a_call_and_requests_of_both_ends(self):
        asked = self.established()
        self.assertEqual(200, asked.status)
        self.assertLessEqual(asked.sent, asked.ringing)
        callee = self.bob.dialog_of(asked.request.call_id)
        for phone, dialog, method in ((self.bob, callee, "INVITE"), (self.alice, asked.dialog, "INVITE"), (self.bob, callee, "BYE")):
            more = phone.ask(dialog, method)
            self.until(lambda more=more: more.final)
            self.assertEqual(200, more.status)
        self.assertEqual([1, 2], [arrival.request.sequence for arrival in self.bob.arrivals("INVITE")])
        self.assertEqual([2], [arrival.request.sequence for arrival in self.alice.arrivals("BYE")])

    def test_what_is_lost_is_sent_again(self):
        self.between.lose = {b"INVITE", b"SIP/2.0 200", b"ACK"}
        asked = self.established()
        self.assertGreater(asked.final - asked.sent, 0.9)
        self.assertEqual(1, len(self.bob.arrivals("INVITE")))
        self.between.lose = {b"BYE"}
        bye = self.alice.ask(asked.dialog, "BYE")
        self.until(lambda: bye.final)
        self.assertEqual(200, bye.status)

    def test_a_repetition_is_no_second_call_but_another_transaction_is(self):
        self.between.duplicate = {b"INVITE"}
        self.established()
        self.assertEqual(1, len(self.bob.arrivals("INVITE")))
        self.between.new_branch = {b"INVITE"}
        self.alice.call("sip:bob-2@bob.example")
        self.until(lambda: len(self.bob.arrivals("INVITE")) == 3)


if __name__ == "__main__":
    unittest.main()
