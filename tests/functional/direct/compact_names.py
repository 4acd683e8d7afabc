"""Compact header names, folded lines and a Via list in one line (as Twinkle sends it)."""
from call import Call
from configs import start_pair
from sip.message import token
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob)
    vias = alice.via(), f"SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK{token()}"
    call.invite.set("Via", ", ".join(vias))
    call.send(compact=True).ring()
    answer = call.received.response(200, "OK", token(), [("Contact", f"<{bob.address}>")])
    text = f"{answer.start}\r\n" + "".join(f"{name}:\r\n {value}\r\n" for name, value in answer.headers) + "l: 0\r\n\r\n"
    bob.send_bytes(text.replace("\r\nVia:", "\r\nv:").replace("\r\nTo:", "\r\nt:").encode(), call.received.source)
    ok = alice.answer(call.invite)
    equal((ok.status, len(ok.all("Via")), ok.all("Via")[1]), (200, 2, vias[1]), "the 200")
    equal(ok.get("Call-ID"), call.invite.call_id, "its Call-ID")
