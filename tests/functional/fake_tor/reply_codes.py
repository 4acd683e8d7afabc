"""Each reply of tor's SOCKS port becomes the answer that docs/answers.md promises."""
import through_socks
from call import Call
from waiting import check, equal

SLOW = True
ANSWERS = {
    0x01: 480, 0x02: 480, 0x03: 480, 0x04: 480, 0x05: 480, 0x06: 480, 0x07: 502, 0x08: 502,
    0xF0: 404, 0xF1: 404, 0xF2: 480, 0xF3: 480, 0xF4: 403, 0xF5: 403, 0xF6: 404, 0xF7: 480,
}


def scenario(place):
    a, proxy = through_socks.start(place, with_callee=False)
    alice = place.alice()
    credentials = set()
    for code, status in ANSWERS.items():
        proxy.verdicts[:] = [code] * 100  # some are tried again
        call = Call(alice, alice)
        alice.send(call.invite)
        answer = alice.answer(call.invite, seconds=32)
        equal(answer.status, status, f"the answer for reply {code:#04x}")
        reason = answer.get("Reason") or ""
        check(f"cause={status}" in reason and 'text="' in reason, f"Reason for reply {code:#04x}: {reason!r}")
        call.acknowledge_refusal(answer)
    for request in proxy.requests:
        credentials.add(request.password)
    equal(len(credentials), len(proxy.requests), "credentials; none may be used twice")
    check(a.alive(), "the bridge has ended")
