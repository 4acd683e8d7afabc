"""Configurations that many scenarios share, as text, so that a scenario can add its own lines behind."""
from place import A_INNER, B_INNER, B_TUNNEL, BOB

_LOG = '[log]\nlevel = "debug"\n'


def head(listen, deliver=None, transport="udp", role="phone"):
    """The top level, [inner] and [log]."""
    text = f'role = "{role}"\nstate_dir = "@STATE@"\n{_LOG}[inner]\nlisten = ["{listen}"]\n'
    if deliver:
        text += f'deliver_to = "{deliver}"\ndeliver_transport = "{transport}"\n'
    return text


def peer(address, via=None, domain="bob.example", name="bob", more="", circuit=None):
    """A [[peer]] and its [[route]]."""
    text = f'[[peer]]\nname = "{name}"\naddress = "{address}"\n'
    text += f'via = "{via}"\n' if via else ""
    text += more
    text += f'[[route]]\ndomain = "{domain}"\npeers = ["{name}"]\n'
    return text + (f'circuit = "{circuit}"\n' if circuit else "")


def caller(place, address=None, via="direct", more="", listen=None):
    """Alice's side, with a direct link to bob's unless told otherwise."""
    return head(listen or f"{place.host}:{A_INNER}") + more + peer(address or f"tcp:{place.host}:{B_TUNNEL}", via)


def callee(place, transport="udp", more="", listen=None, deliver=None):
    """Bob's side, which takes plain TCP links."""
    return (head(listen or f"{place.host}:{B_INNER}", deliver or f"{place.host}:{BOB}", transport)
            + f'[tunnel]\nlisten = ["{place.host}:{B_TUNNEL}"]\n' + more)


def start_pair(place, transport="udp", more=""):
    """Both sides, running: (a, b)."""
    a = place.bridge("a", caller(place, more=more))
    b = place.bridge("b", callee(place, transport))
    a.launch()
    b.start()
    a.wait_log(" ready: ")
    return a, b
