"""Sessions opened ahead, as a router sees them: each for one call, never more than [i2p] sessions, those of one peer only to it."""
import i2p_pair
from call import Call
from waiting import check, equal, until

LIMIT = 4


def scenario(place):
    pair = i2p_pair.start(place, standby="min = 2\nmax = 8\nparallel = 2\ncandidates = 1")
    alice, bob = place.alice(), place.bob()
    for _ in range(3):
        pair.a.wait_status(lambda status: status["standby"][0]["ready"] >= 2, "2 links ready", seconds=30)
        Call(alice, bob).establish().hang_up()
    status = pair.a.status()
    equal([call["source"] for call in status["calls"]], ["standby"] * 3, "sources of links")
    equal([call["way"] for call in status["calls"]], ["bob"] * 3, "ways of calls")
    equal(len({call["credential"] for call in status["calls"]}), 3, "credentials of calls")
    used = [session for session in pair.router_a.sessions if session.connects]
    check(all(session.connects == [pair.name] for session in used), "a session was used twice")
    pair.a.terminate()

    # Nobody finds the callee any more: what is opened stays in the making.
    pair.network.hidden.add(pair.name)
    before = len(pair.router_a.sessions)
    few = pair.start_caller(name="few", standby="min = 8\nmax = 8\nparallel = 8", more=f"sessions = {LIMIT}\n")
    few.wait_status(lambda status: status["i2p"]["sessions"] == LIMIT - 1, "all sessions but the one that is left for a call")
    alice.send(Call(alice, alice).invite)
    few.wait_status(lambda status: status["i2p"]["sessions"] == LIMIT, "the last session, for a call")
    until(lambda: alive(pair.router_a.sessions[before:]) == LIMIT, 5, "all of them at the router")
    alice.read_for(3)
    equal(alive(pair.router_a.sessions[before:]), LIMIT, "sessions at once")


def alive(sessions):
    return sum(not session.ended.is_set() for session in sessions)
