"""Both bridges are killed in a call and started again: the call's next messages still find their way."""
from call import Call
from configs import start_pair


def scenario(place):
    a, b = start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).establish()
    for bridge in (a, b):
        bridge.kill()
        bridge.start()
        call.in_dialog("caller", "INFO")
        call.in_dialog("callee", "INFO")
    call.hang_up("callee")
