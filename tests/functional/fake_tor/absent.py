"""Tor is absent, does not accept our cookie, or is not bootstrapped: 503 with Retry-After and Reason, and a line in the log
that says what mends it."""
import os

import fake_servers
from call import Call
from configs import caller
from onion_names import unserved_onion
from place import EXTRA
from waiting import check, equal

_CONTROL = EXTRA + 1
_WRONG = _CONTROL + 1


def scenario(place):
    cookie = place.folder / "cookie_of_tor"
    cookie.write_bytes(os.urandom(32))
    place.own(fake_servers.TorControl((place.host, _CONTROL)))
    place.own(fake_servers.TorControl((place.host, _WRONG), cookie))
    alice = place.alice()
    for name, port, said, mend in (
            ("absent", EXTRA, f"{place.host}:{EXTRA}", "Start tor"),
            ("cookie", _WRONG, f"{place.host}:{_WRONG}", "cookie_file"),
            ("starting", _CONTROL, "45%", "Wait")):
        tor = f'[tor]\ncontrol = "{place.host}:{port}"\n'
        bridge = place.bridge(name, caller(place, f"tor:{unserved_onion()}:5060", None, tor)).start()
        bridge.wait_log(said)
        answer = refused_call(alice)
        check(mend in answer.get("Reason"), f"{name}: Reason does not say what mends it: {answer.get('Reason')}")
        if name != "starting":
            bridge.wait_log(mend)
        check(len(bridge.log().splitlines()) < 10, f"{name}: the log repeats itself")
        equal(bridge.status()["links"], [], "links")
        bridge.terminate()


def refused_call(alice):
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite)
    equal((answer.status, answer.get("Retry-After")), (503, "10"), "the answer and its Retry-After")
    check("cause=503" in answer.get("Reason"), f"Reason: {answer.get('Reason')}")
    call.acknowledge_refusal(answer)
    return answer
