"""`via = "http:..."`: the peer's name goes to the proxy as a name; with tor's port each call has a credential of its own; and what the
proxy refuses becomes an answer with a reason."""
import base64

import fake_servers
from call import Call
from configs import callee, caller
from fake_sam import Keys
from onion_names import unserved_onion
from place import B_TUNNEL, EXTRA
from waiting import check, equal


def scenario(place):
    proxy = place.own(fake_servers.HttpProxy((place.host, EXTRA), (place.host, B_TUNNEL)))
    via = f"http:{place.host}:{EXTRA}"
    place.bridge("b", callee(place)).start()
    alice, bob = place.alice(), place.bob()
    standby = "[standby]\nmax = 0\n"

    onion = unserved_onion()
    a = place.bridge("tor", caller(place, f"tor:{onion}:5060", via, standby)).start()
    for _ in range(2):
        Call(alice, bob).establish().hang_up()
    equal({head.splitlines()[0] for head in proxy.heads}, {f"CONNECT {onion}:5060 HTTP/1.1"}, "what was asked for")
    credentials = [credential_of(head) for head in proxy.heads]
    equal(len(set(credentials)), 2, "distinct credentials of 2 calls")
    a.terminate()

    name = Keys().name
    proxy.heads.clear()
    a = place.bridge("i2p", caller(place, f"i2p:{name}", via, standby) + 'circuit = "per-peer"\n').start()
    Call(alice, bob).establish().hang_up()
    equal([head.splitlines()[0] for head in proxy.heads], [f"CONNECT {name}:5060 HTTP/1.1"], "what was asked for")
    told = "\n".join(proxy.heads)
    equal([word for phone in (alice, bob) for word in phone.private() if word in told], [], "what the proxy is told of the phones")
    a.terminate()

    proxy.verdicts[:] = ["503 Service Unavailable"] * 100
    a = place.bridge("refused", caller(place, f"i2p:{name}", via, standby) + 'circuit = "per-peer"\n').start()
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite, seconds=32)
    check(answer.status in (404, 480, 502, 503), f"the answer is {answer.status}")
    check("text=" in answer.get("Reason"), f"Reason: {answer.get('Reason')}")
    call.acknowledge_refusal(answer)
    a.terminate()


def credential_of(head):
    """User and password of Basic authentication."""
    line = next(line for line in head.splitlines() if line.lower().startswith("proxy-authorization: basic "))
    user, _, password = base64.b64decode(line.split()[-1]).decode().partition(":")
    check(user and password, "an empty credential")
    return user, password
