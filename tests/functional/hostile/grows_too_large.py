"""A request that is too large, or that fits until the first bridge's identifiers have lifted it above what the second takes: 513
at once, and the link that other calls share stays up."""
from call import AS_TEXT, Call
from configs import start_pair
from place import A_INNER
from phone import make_strangers
from waiting import equal

# docs/answers.md; a stream takes messages of 64 KiB.
_LARGEST, _LARGEST_MESSAGE = 56 * 1024, 64 * 1024


def scenario(place):
    a, _ = start_pair(place)
    a.terminate()
    a.configure(a.config.read_text().replace("[[route]]", '[[route]]\ncircuit = "shared"'))
    a.start()
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).establish()
    links = a.status()["links"]
    phone = place.phone(0, A_INNER, "alice", transport="tcp", host=place.alice_host)
    phone.bridge = alice.bridge
    make_strangers(phone, bob)
    for method in ("INVITE", "MESSAGE"):
        for size, passed_on in ((_LARGEST_MESSAGE, False), (_LARGEST + 1, False), (_LARGEST, True), (_LARGEST - 50, True)):
            before = a.status()["requests"]
            answer = phone.answer(phone.send(sized(phone, method, size)), seconds=5)
            equal(answer.status, 513, f"the answer to {method} of {size} bytes")
            equal(a.status()["requests"] - before, int(passed_on), f"{method}s of {size} bytes that the first bridge passed on")
        # Identifiers and routes of both bridges are less than this.
        request = phone.send(sized(phone, method, _LARGEST - 2048))
        bob.send(bob.expect_new(method).response(486))
        equal(phone.answer(request).status, 486, "bob's answer")
    equal([link["link"] for link in a.status()["links"]], [link["link"] for link in links], "links before and after")
    call.in_dialog("callee", "INFO")
    call.hang_up()


def sized(phone, method, size):
    request = phone.request(method, "sip:bob@bob.example", [AS_TEXT])
    request.body = b"x" * (size - len(request.bytes()) - 4)
    return request
