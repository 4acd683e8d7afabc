"""The direct link of a call that rings is cut, and the streams that are dialled in its place end at once, as long as the peer is being
restarted: the call goes on, and the callee sees one call."""
import fake_servers
import survival
from call import Call
from configs import callee, caller
from place import B_TUNNEL, EXTRA
from waiting import check


class Restarting(fake_servers.Relay):
    """Closes the next `refusals` connections as soon as it has them."""
    refusals = 0

    def serve(self, connection):
        if self.refusals:
            self.refusals -= 1
        else:
            super().serve(connection)


def scenario(place):
    relay = place.own(Restarting((place.host, EXTRA), (place.host, B_TUNNEL)))
    place.bridge("a", caller(place, f"tcp:{place.host}:{EXTRA}")).start()
    place.bridge("b", callee(place)).start()
    call = Call(place.alice(), place.bob()).send().ring()
    relay.refusals = 2
    relay.cut()
    call.pick_up().confirm()
    check(relay.refusals == 0, "nothing was dialled again and again")
    call.hang_up("callee")
    survival.one_call(call)
