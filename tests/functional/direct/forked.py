"""The callee's side forks: 180 and 200 of two phones, each with its own tag, all reach the caller; so do both ACKs and BYEs."""
from call import SDP, Call, Dialog
from configs import start_pair
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send()
    contact = ("Contact", f"<{bob.address}>")
    for status in (180, 200):
        for tag in ("one", "two"):
            bob.send(call.received.response(status, "Yes", tag, [contact], SDP))
    ringing = [alice.expect(180, of=call.invite) for _ in range(2)]
    answers = [alice.expect(200, of=call.invite) for _ in range(2)]
    for messages in (ringing, answers):
        equal(sorted(message.get("To")[-3:] for message in messages), ["one", "two"], "tags")
    dialogs = [Dialog.of_caller(alice, answer) for answer in answers]
    for dialog in dialogs:
        ack = alice.send(dialog.request("ACK"))
        equal(bob.expect("ACK", of=ack).get("To"), dialog.remote, "To of the ACK")
    for dialog in dialogs:
        bye = alice.send(dialog.request("BYE"))
        bob.send(bob.expect("BYE", of=bye).response(200))
        equal(alice.answer(bye).status, 200, "the answer to BYE")
