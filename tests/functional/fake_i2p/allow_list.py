"""`[destination] allow`: a caller that shows its own destination is let in, one that shows a new one at each call is not, and learns no
more than that nobody answers."""
import i2p_pair
from call import Call
from configs import head
from place import A_INNER, EXTRA
from waiting import check, equal

SLOW = True
OWN = 'i2p_identity = "own"\n'


def scenario(place):
    pair = i2p_pair.Pair(place)
    alice, bob = place.alice(), place.bob()
    # The caller's own name must be known before the callee can allow it.
    sam = f'[i2p]\nsam = "{place.host}:{i2p_pair.A_ROUTER}"\n[destination]\n'
    pair.a = place.bridge("a", head(f"{place.host}:{A_INNER}", f"{place.host}:{EXTRA + 9}") + sam).start()
    own = i2p_pair.reached_at(pair.a)
    pair.a.terminate()
    pair.start_callee(f'allow = ["{own}"]\n')

    pair.a.configure(pair.caller_config(peer=OWN, route='circuit = "per-peer"\n', more="[destination]\n"))
    pair.a.start()
    pair.a.wait_log(lambda log: log.count("others reach this bridge") == 2, "its destination again", seconds=30)
    transient = sum(session.transient for session in pair.router_a.sessions)
    for _ in range(2):
        Call(alice, bob).establish().hang_up()
    equal(sum(session.transient for session in pair.router_a.sessions), transient, "sessions but that of the own destination")
    callers = [session for session in pair.router_a.sessions if pair.name in session.connects]
    equal({session.keys.name for session in callers}, {own}, "who called")
    pair.a.terminate()

    pair.start_caller(name="stranger")
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite, seconds=32)
    check(answer.status in (408, 480, 503), f"the answer to a stranger is {answer.status}")
    call.acknowledge_refusal(answer)
    heard = len(bob.log)
    bob.read_for(0.5)
    equal(len(bob.log), heard, "messages that a stranger gets to the callee's phone")
