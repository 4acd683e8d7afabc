"""Bridges whose links go through the private I2P network."""
import contextlib
import itertools

from call import Call
from callrun import sam_record
from callrun.calls import digest
from callrun.i2p_network import I2pNetwork
from configs import head, peer
from place import A_INNER, ALICE, B_INNER, BOB
from waiting import check, ticks, until

# As short as tunnels are that have a router in them at all: they are built soonest. Longer ones are for the demo and the drills.
TUNNELS = "tunnel_length = 1\n"
# A destination takes 10 to 30 s until others find it, a new session 5 to 15 s; more beside other scenarios.
REACHABLE_S = 120
CALL_S = 31
# A dial takes up to 30 s, [tunnel] dial_timeout, and what is lost then has 20 s to get there by another link (docs/survival.md).
_DECIDED_S = 30 + 20 + 5
_numbers = itertools.count()


def i2p_section(lab, user, more=TUNNELS):
    return f'[i2p]\nsam = "unix:{lab.socket_path(user, "sam")}"\n{more}'


def callee_bridge(place, i2p, destination=TUNNELS, within=lambda command: command):
    """Bob's bridge with a destination, started but perhaps not reachable yet. i2p: a section [i2p]; destination: lines for the other."""
    config = head(f"{place.host}:{B_INNER}", f"{place.host}:{BOB}") + i2p + "[destination]\n" + destination
    return place.bridge("b", config, within).start()


def reachable(bridge):
    """Its destination, once everybody can reach it."""
    return bridge.wait_status(lambda status: status["i2p"]["reachable"], "the destination is reachable", REACHABLE_S)["i2p"]["destination"]


def caller_config(place, i2p, destination, via=None, circuit="per-call", more_of_peer="", deliver=False):
    """deliver: calls can come in as well, for a [destination] of alice's."""
    ways = peer(f"i2p:{destination}", via).replace("[[route]]", f"{more_of_peer}[[route]]") + f'circuit = "{circuit}"\n'
    return head_of_caller(place, deliver) + i2p + ways


def head_of_caller(place, deliver=False):
    return head(f"{place.host}:{A_INNER}", f"{place.alice_host}:{ALICE}" if deliver else None)


def caller_bridge(place, i2p, destination, **changed):
    """Alice's bridge, which may not have a session yet; started."""
    return place.bridge(f"a{len(list(place.folder.iterdir()))}", caller_config(place, i2p, destination, **changed)).start()


def phones(place, **of_bob):
    """Alice's and Bob's, for whom any message of a call may take as long as its first: what i2pd 2.45 loses it repeats after 9 s, and a
    router that has just lost its tunnels loses much."""
    alice, bob = place.alice(), place.bob(**of_bob)
    alice.patience = bob.patience = CALL_S
    return alice, bob


def filled(bridge, seconds=REACHABLE_S):
    """Until each of its pools has a link that a call can take."""
    bridge.wait_status(lambda status: all(pool["ready"] for pool in status["standby"]), "a standby link is ready", seconds)


def called(alice, bob, seconds=REACHABLE_S):
    """The first call that gets through, established. Those before it are refused, as may be while a session is made anew; I2P may
    bring one of them all the same, later than anybody waits for it, so each has a name of its own."""
    for _ in ticks(seconds, "a call gets through"):
        call = Call(alice, bob, f"sip:bob-{next(_numbers)}@bob.example")
        alice.send(call.invite)
        if _arrives(call):
            return call.arrive(uri=call.invite.uri).ring().pick_up().confirm()
        call.acknowledge_refusal(alice.answer(call.invite))
    return None


def check_refused(alice):
    """A new call gets a final answer with a Reason, and not one of a callee."""
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite, seconds=_DECIDED_S)
    check(answer.status in (480, 503) and answer.get("Reason"), f"the answer: {answer}, {answer.get('Reason')}")
    call.acknowledge_refusal(answer)


def _arrives(call):
    """False once it is refused."""
    def decided():
        for phone in (call.caller, call.callee):
            phone.read(0.01)
        if any(message.fits("INVITE") and message.uri == call.invite.uri for _, message in call.callee.log):
            return "arrives"
        refused = any(message.call_id == call.invite.call_id and message.status >= 300 for _, message in call.caller.log)
        return "is refused" if refused else None
    return until(decided, _DECIDED_S, "the call arrives or is refused") == "arrives"


@contextlib.contextmanager
def recorded(lab, folder, user="bob"):
    """(the lab with a tap before the SAM of `user`, who called)"""
    network = I2pNetwork(lab, tunnel_length=1)
    folder.mkdir()
    with network.tap(user, folder):
        yield network.behind_taps, lambda: sam_record.callers(folder)


def destinations_of(records, callers):
    """The destination that each call came from, as the callee's router tells it."""
    by_call = {digest(name): caller.host for caller in callers for name in caller.calls}
    found = [by_call.get(record["wire"]) for record in records]
    check(all(found), f"calls that came from nowhere: {found}")
    return found
