"""The direct link to a peer is cut in each part of a call, once the peer has shown that it is there: the call goes on, and the callee
sees one call, although his bridge cannot dial."""
import fake_servers
import survival
from configs import callee, caller
from place import B_TUNNEL, EXTRA


def scenario(place):
    relay = place.own(fake_servers.Relay((place.host, EXTRA), (place.host, B_TUNNEL)))
    a = place.bridge("a", caller(place, f"tcp:{place.host}:{EXTRA}", more="[tunnel]\nkeepalive = 1\n")).start()
    place.bridge("b", callee(place)).start()

    def cut():
        a.wait_status(lambda status: all(link["round_trip_ms"] is not None for link in status["links"]), "a ping's answer on each link")
        relay.cut()

    survival.all_parts(place.alice(), place.bob(), cut)
