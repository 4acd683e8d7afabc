"""Compact header names, folded lines and a Via list in one line (as Twinkle sends it)."""
from call import Call
from configs import start_pair
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send(compact=True).ring()
    vias = ", ".join(call.received.all("Via"))
    answer = call.received.response(200, "OK", "t", [("Contact", f"<{bob.address}>")])
    headers = [header for header in answer.headers if header[0] != "Via"]
    text = f"{answer.start}\r\nv: {vias}\r\n" + "".join(f"{name}:\r\n {value}\r\n" for name, value in headers) + "l: 0\r\n\r\n"
    bob.send_bytes(text.encode(), call.received.source)
    ok = alice.answer(call.invite)
    equal((ok.status, ok.all("Via")), (200, [ok.get("Via")]), "the 200")
    equal(ok.get("Call-ID"), call.invite.call_id, "its Call-ID")
