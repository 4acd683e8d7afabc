"""The peer is a plain SIP server on TCP: calls work; nothing on the wire shows an address of this side; and a route of one call
does not serve in another."""
from call import Call
from configs import caller
from place import B_TUNNEL
from waiting import check, equal


def scenario(place):
    place.bridge("a", caller(place)).start()
    alice = place.alice()
    server = place.phone(B_TUNNEL, None, "bob", transport="tcp")
    call = Call(alice, server).establish()
    check(place.host.encode() not in call.received.raw, f"the bridge's address is on the wire:\n{call.received.raw.decode()}")
    # The server has one stream to the bridge, the one that the call came by.
    stream = call.received.source
    info = call.callee_end.request("INFO")
    server.send(info, stream)
    alice.send(call.caller_end.expect(info).response(200))
    equal(server.answer(info).status, 200, "the answer to INFO")

    stolen = call.callee_end.request("INFO").set("Call-ID", "another-call")
    server.send(stolen, stream)
    equal(server.answer(stolen).status, 481, "the answer to a route of another call")
    forged = call.callee_end.request("INFO")
    route = forged.get("Route")
    middle = len(route) // 2
    forged.set("Route", route[:middle] + ("a" if route[middle] != "a" else "b") + route[middle + 1:])
    server.send(forged, stream)
    check(server.answer(forged).status in (481, 404, 480), "a forged route is served")
    equal(alice.count("INFO"), 1, "INFOs at alice")
    call.hang_up()
