"""A request that fits, until a bridge's Via and Record-Route lift it above 64 KiB or above what a datagram to the callee
holds: 513 at once, and the link that other calls share stays up."""
from call import Call
from configs import start_pair
from place import A_INNER
from waiting import equal

_LARGEST_STREAM, _LARGEST_DATAGRAM = 64 * 1024, 65507


def scenario(place):
    a, _ = start_pair(place)
    a.terminate()
    a.configure(a.config.read_text().replace("[[route]]", '[[route]]\ncircuit = "shared"'))
    a.start()
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).establish()
    links = a.status()["links"]
    for size in (_LARGEST_STREAM - 10, _LARGEST_DATAGRAM - 100, _LARGEST_DATAGRAM - 400):
        for method in ("INVITE", "MESSAGE"):
            phone = place.phone(0, A_INNER, "alice", transport="tcp")
            request = phone.request(method, "sip:bob@bob.example")
            request.body = b"x" * (size - len(request.bytes()) - 4)
            phone.send(request)
            equal(phone.answer(request, seconds=5).status, 513, f"the answer to {method} of {size} bytes")
    equal([link["link"] for link in a.status()["links"]], [link["link"] for link in links], "links before and after")
    call.in_dialog("callee", "INFO")
    call.hang_up()
