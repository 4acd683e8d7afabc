"""What an I2P router learns: a session of its own for each call, from a destination that no other call has; the callee by its name,
which is asked of nobody; nothing else. A session ends with its call."""
import i2p_pair
from call import AS_TEXT, Call
from waiting import check, equal, until


def scenario(place):
    pair = i2p_pair.start(place)
    alice, bob = place.alice(), place.bob()
    calls = [Call(alice, bob).establish() for _ in range(3)]
    for call in calls:
        call.in_dialog("callee", "INFO")
        call.in_dialog("caller", "INFO")
    sessions = pair.router_a.sessions
    equal(len(sessions), 3, "sessions for 3 calls")
    equal(pair.a.status()["i2p"]["sessions"], 3, "sessions in status")
    for call in calls:
        call.hang_up()
    message = alice.send(alice.request("MESSAGE", "sip:bob@bob.example", [AS_TEXT], b"hello"))
    bob.send(bob.expect_new("MESSAGE").response(200))
    equal(alice.answer(message).status, 200, "the answer to MESSAGE")

    equal(len(sessions), 4, "sessions for 3 calls and a message")
    check(all(session.transient for session in sessions), "a call goes out from a destination that is kept")
    equal(len({session.id for session in sessions}), 4, "names of sessions")
    equal(len({session.keys.name for session in sessions}), 4, "destinations")
    for session in sessions:
        equal(set(session.connects), {pair.name}, "whom a session is asked for")
        equal(session.options["SIGNATURE_TYPE"], "7", "signature type")
        for option in ("inbound.length", "outbound.length", "inbound.quantity", "outbound.quantity"):
            equal(session.options[option], "3", option)
    until(lambda: all(session.ended.is_set() for session in sessions), 60, "that sessions end with their calls")

    for router in (pair.router_a, pair.router_b):
        looked_up = [line for line in router.named("NAMING LOOKUP") if line != "NAMING LOOKUP NAME=ME"]
        equal(looked_up, [], "names that are looked up")
    told = "\n".join(pair.router_a.lines)
    shown = [word for phone in (alice, bob) for word in phone.private() if word in told]
    equal(shown, [], "what the router is told of the phones")
    equal(pair.router_a.named("DEST GENERATE"), [], "persistent destinations of a bridge that takes no calls")
