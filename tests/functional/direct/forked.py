"""The callee's side forks: 180 and 200 of two phones, each with its own tag, all reach the caller; so do both ACKs and BYEs."""
from call import AS_SDP, Call, Dialog, sdp
from configs import start_pair
from sip.message import token
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send()
    contact = ("Contact", f"<{bob.address}>")
    tags = token(), token()
    for status in (180, 200):
        sent = [bob.send(call.received.response(status, "Yes", tag, [contact, AS_SDP], sdp(bob))) for tag in tags]
    ringing = [alice.expect(180, of=call.invite) for _ in tags]
    answers = [alice.expect(200, of=call.invite) for _ in tags]
    equal(len({answer.to_tag for answer in answers}), 2, "different tags")
    equal({answer.to_tag for answer in ringing}, {answer.to_tag for answer in answers}, "tags of 180 and 200")

    # Which of alice's tags is which of bob's shows where the ACK gets to; the BYE must get to the same.
    callees = {tag: Dialog.of_callee(bob, call.received, ok) for tag, ok in zip(tags, sent)}
    pairs = []
    for dialog in [Dialog.of_caller(alice, answer) for answer in answers]:
        ack = alice.send(dialog.request("ACK"))
        arrived = bob.expect("ACK", of=call.received)
        bob.put_back(arrived)
        callee = callees.pop(arrived.to_tag)
        callee.expect(ack)
        pairs.append((dialog, callee))
    for dialog, callee in pairs:
        bye = alice.send(dialog.request("BYE"))
        bob.send(callee.expect(bye).response(200))
        equal(alice.answer(bye).status, 200, "the answer to BYE")
