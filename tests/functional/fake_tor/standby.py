"""How links are opened ahead, as a proxy sees it: never two with one credential, no more at once than [standby] parallel, in no circle
at a peer that closes what it accepts, and few at a proxy that says nothing."""
import threading
import time

import fake_servers
from call import Call
from configs import callee, caller
from onion_names import unserved_onion
from place import B_TUNNEL, EXTRA
from waiting import check, equal, until

_LIVELY, _SILENT, _CLOSING = EXTRA, EXTRA + 1, EXTRA + 2
_PARALLEL = 2
_WATCHED = 3.0  # seconds in which dials are counted


class SlowSocks(fake_servers.Socks):
    """Answers nobody while `gate` is closed; notes how many waited for it at once."""

    def __init__(self, address, target):
        self.gate = threading.Event()
        self.waiting = self.most = 0
        self._lock = threading.Lock()
        super().__init__(address, target)
        self.early_patience = 0.05

    def judge(self, request):
        with self._lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        self.gate.wait()
        with self._lock:
            self.waiting -= 1
        return super().judge(request)

    def close(self):
        self.gate.set()
        super().close()


class Closing(fake_servers.Server):
    """Accepts and closes at once."""

    def serve(self, connection):
        pass


class Mute(fake_servers.Silent):
    """Counts who came."""

    def __init__(self, address):
        self.count = 0
        super().__init__(address)

    def serve(self, connection):
        self.count += 1
        super().serve(connection)


def scenario(place):
    place.bridge("b", callee(place)).start()
    alice, bob = place.alice(), place.bob()
    in_turn(place, alice, bob)
    closing_peer(place, alice)
    silent_proxy(place, alice)


def bridge(place, name, port, standby, tunnel=""):
    """Alice's, with the proxy at that port."""
    more = f"[standby]\n{standby}\n{tunnel}"
    return place.bridge(name, caller(place, f"tor:{unserved_onion()}:5060", f"socks:{place.host}:{port}", more)).start()


def in_turn(place, alice, bob):
    proxy = place.own(SlowSocks((place.host, _LIVELY), (place.host, B_TUNNEL)))
    a = bridge(place, "in_turn", _LIVELY, f"min = 5\nmax = 5\nparallel = {_PARALLEL}\ncandidates = 1")
    until(lambda: proxy.waiting == _PARALLEL, 10, lambda: f"{_PARALLEL} dials at once; there are {proxy.waiting}")
    equal(pool(a)["building"], _PARALLEL, "links being opened")
    proxy.gate.set()
    a.wait_status(lambda status: status["standby"][0]["ready"] == 5, "5 links ready")
    for _ in range(3):
        Call(alice, bob).establish().hang_up()
    status = a.wait_status(lambda status: status["standby"][0]["ready"] == 5, "5 links ready again")
    equal([call["source"] for call in status["calls"]], ["standby"] * 3, "sources of links of calls one after the other")
    equal(proxy.most, _PARALLEL, "dials at once")
    equal(len({(request.user, request.password) for request in proxy.requests}), len(proxy.requests), "distinct credentials")
    equal(len({call["credential"] for call in status["calls"]}), 3, "distinct credentials of calls")
    a.terminate()


def closing_peer(place, alice):
    closing = place.own(Closing((place.host, _CLOSING + 1)))
    proxy = place.own(fake_servers.Socks((place.host, _CLOSING), closing.address))
    proxy.early_patience = 0.0
    a = bridge(place, "closing", _CLOSING, "")
    until(lambda: proxy.requests, 10, "a dial")
    alice.read_for(_WATCHED)
    # 2 at first (one for the choice), then one or two after about 0.5, 1 and 2 s.
    check(len(proxy.requests) <= 10, f"{len(proxy.requests)} dials in {_WATCHED} s to a peer that closes")
    equal(pool(a)["ready"], 0, "links ready")
    check(pool(a)["failed"] >= 1, "no link counts as failed")
    a.terminate()


def silent_proxy(place, alice):
    mute = place.own(Mute((place.host, _SILENT)))
    a = bridge(place, "silent", _SILENT, f"min = 5\nmax = 5\nparallel = {_PARALLEL}\ncandidates = 1", "[tunnel]\ndial_timeout = 2\n")
    call = Call(alice, alice)
    begin = time.monotonic()
    alice.send(call.invite)
    answer = alice.answer(call.invite, seconds=32)
    check(answer.status in (408, 480, 503), f"the answer is {answer.status}")
    check(answer.get("Reason"), "no Reason")
    call.acknowledge_refusal(answer)
    waited = time.monotonic() - begin
    # Those opened ahead come in pairs, each pair for 2 s and after a pause that doubles; the call tries for 20 s at most.
    check(mute.count <= 2 + 4 * waited, f"{mute.count} dials in {waited:.1f} s at a proxy that says nothing")
    status = pool(a)
    check(status["building"] <= _PARALLEL, f"{status['building']} links being opened at once")
    equal((status["ready"], status["taken"]), (0, 0), "ready and taken links")
    code, seconds = a.terminate()
    equal(code, 0, "exit code")
    check(seconds < 5, f"the end took {seconds:.1f} s")


def pool(a):
    return a.status()["standby"][0]
