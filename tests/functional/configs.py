"""Configurations that many scenarios share, as text, so that a scenario can add its own lines behind."""
from place import A_INNER, B_INNER, B_TUNNEL, BOB

_LOG = '[log]\nlevel = "debug"\n'


def head(listen, deliver=None, transport="udp"):
    """The top level, [inner] and [log]."""
    text = f'role = "phone"\nstate_dir = "@STATE@"\n{_LOG}[inner]\nlisten = ["{listen}"]\n'
    if deliver:
        text += f'deliver_to = "{deliver}"\ndeliver_transport = "{transport}"\n'
    return text


def peer(address, via=None):
    """Bob as a [[peer]], and the [[route]] of his domain."""
    text = f'[[peer]]\nname = "bob"\naddress = "{address}"\n'
    text += f'via = "{via}"\n' if via else ""
    return text + '[[route]]\ndomain = "bob.example"\npeers = ["bob"]\n'


def caller(place, address=None, via="direct", more=""):
    """Alice's side, with a direct link to bob's unless told otherwise."""
    return head(f"{place.host}:{A_INNER}") + more + peer(address or f"tcp:{place.host}:{B_TUNNEL}", via)


def callee(place, transport="udp", listen=None, deliver=None):
    """Bob's side, which takes plain TCP links."""
    return (head(listen or f"{place.host}:{B_INNER}", deliver or f"{place.host}:{BOB}", transport)
            + f'[tunnel]\nlisten = ["{place.host}:{B_TUNNEL}"]\n')


def start_pair(place, transport="udp"):
    """Both sides, running: (a, b)."""
    a = place.bridge("a", caller(place))
    b = place.bridge("b", callee(place, transport))
    a.launch()
    b.start()
    a.wait_log(" ready: ")
    return a, b
