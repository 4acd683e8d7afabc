"""circuit = "per-peer": the calls share a credential; two routes of their own do not."""
import through_socks
from call import Call
from waiting import equal


def scenario(place):
    a, proxy = through_socks.start(place)
    a.terminate()
    a.configure(a.config.read_text().replace("[[route]]", '[[route]]\ncircuit = "per-peer"'))
    a.start()
    alice, bob = place.alice(), place.bob()
    for _ in range(2):
        Call(alice, bob).establish().hang_up()
    equal(len({request.password for request in proxy.requests}), 1, "credentials")
