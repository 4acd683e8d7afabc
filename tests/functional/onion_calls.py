"""Bridges whose links go through the private Tor network."""
from call import Call
from configs import caller, head
from place import B_INNER, BOB
from waiting import check, equal

# The network publishes within some seconds; under sanitizers, beside other scenarios, it takes longer.
_PUBLISHED = 60


def tor_section(lab, user):
    return (f'[tor]\ncontrol = "unix:{lab.socket_path(user, "control")}"\n'
            f'socks = "unix:{lab.socket_path(user, "socks")}"\n')


def callee_bridge(place, tor, onion=""):
    """Bob's bridge with an onion service, started but perhaps not published yet.

    tor: a [tor] section. onion: lines for [onion]."""
    config = head(f"{place.host}:{B_INNER}", f"{place.host}:{BOB}") + tor + "[onion]\n" + onion
    return place.bridge("b", config).start()


def published(bridge):
    """Its onion address with port, once everybody can reach it."""
    return bridge.wait_status(lambda status: status["published"], "onion service published", _PUBLISHED)["onion"]


def caller_bridge(place, lab, onion, key_file=None):
    """Alice's bridge, ready to call `onion` (address:port); started."""
    config = caller(place, f"tor:{onion}", None, tor_section(lab, "alice"))
    if key_file:
        config = config.replace("[[route]]", f'client_key_file = "{key_file}"\n[[route]]')
    bridge = place.bridge(f"a{len(list(place.folder.iterdir()))}", config).start()
    wait_tor(bridge)
    return bridge


def wait_tor(bridge, seconds=30):
    bridge.wait_status(lambda status: "100%" in status["tor"], "tor is at 100 %", seconds)


def check_refused(alice, status):
    """A new call gets `status`, with a Reason, within 32 s."""
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite, seconds=32)
    equal(answer.status, status, f"the answer ({answer.get('Reason')})")
    check(answer.get("Reason"), "no Reason")
    call.acknowledge_refusal(answer)
