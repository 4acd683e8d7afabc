"""What the tunnel brought once is repeated on UDP until it is answered: INVITE, 200, final refusals and other requests."""
from call import Call
from configs import start_pair
from waiting import check, equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()

    call = Call(alice, bob).send()
    bob.expect("INVITE", of=call.received)  # timer A, 500 ms
    call.ring().pick_up()
    alice.expect(200, of=call.invite)  # timer G of the bridge: the callee sent one 200
    alice.expect(200, of=call.invite)
    call.confirm()
    alice.read_for(1.0)
    so_far = alice.count(200, of=call.invite)
    alice.read_for(2.5)
    equal(alice.count(200, of=call.invite), so_far, "200s after the ACK")

    bye = alice.send(call.caller_end.request("BYE"))
    call.callee_end.expect(bye)
    repeated = call.callee_end.expect(bye)  # timer E
    bob.send(repeated.response(200))
    equal(alice.answer(bye).status, 200, "the answer to BYE")

    refused = Call(alice, bob).send()
    refused.refuse(486, "Busy Here")
    first = alice.answer(refused.invite)
    again = alice.answer(refused.invite)  # timer G
    equal((first.status, again.status), (486, 486), "the refusal and its repetition")
    refused.acknowledge_refusal(again)
    alice.read_for(0.7)
    so_far = alice.count(486, of=refused.invite)
    alice.read_for(2.2)
    check(alice.count(486, of=refused.invite) == so_far, "486 goes on after the ACK")
