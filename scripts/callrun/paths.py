"""Alice and bob on the two ends of each kind of path that a call can take through a private network."""
from callrun.bridge import Bridge, Peer, Settings
from labnet.exit_target import ExitTarget

ONION, EXIT, SINGLE_HOP = "onion", "exit", "single-hop"
PATHS = (ONION, EXIT, SINGLE_HOP)
NAMES = {ONION: "an onion service", EXIT: "a TLS server through an exit", SINGLE_HOP: "a single-hop onion service"}
DOMAIN = "bob.example"


def start_bob(stack, binary, lab, folder, ports, path=ONION):
    """bob's bridge, which ends with `stack`. ports: (of its phone side, of the phone)."""
    settings = Settings(listen=f"127.0.0.1:{ports[0]}", deliver_to=f"127.0.0.1:{ports[1]}", onion_listen=_unix(folder))
    if path == SINGLE_HOP:  # by torrc only, so that the bridge runs the tor; it must live where its tor has a network
        settings.extra_torrc, settings.single_hop = str(lab.folder / "client.torrc.inc"), True
    else:
        settings.tor_control, settings.tor_socks = tor_of(lab, "bob")
    bridge = Bridge(binary, folder, settings, where_bob_is(lab, path))
    stack.callback(bridge.stop)
    return bridge


def start_alice(stack, binary, lab, folder, port, peers, standby):
    """alice's bridge, which ends with `stack`."""
    control, socks = tor_of(lab, "alice")
    bridge = Bridge(binary, folder, Settings(listen=f"127.0.0.1:{port}", tor_control=control, tor_socks=socks, peers=peers,
                                             standby=standby))
    stack.callback(bridge.stop)
    return bridge


def where_bob_is(lab, path):
    """What turns a command line of bob's into one that runs there."""
    return (lambda command: lab.command("guest", command)) if path == SINGLE_HOP else (lambda command: command)


def onion_peer(address, domain=DOMAIN):
    """`address`: as bob's status tells it."""
    return Peer("bob", address if address.startswith("tor:") else f"tor:{address}", domain)


def exit_peer(stack, lab, bob_folder, domain=DOMAIN, name="bob"):
    """bob behind a TLS server that exits reach; it ends with `stack`."""
    front = ExitTarget(lab, _unix(bob_folder).removeprefix("unix:"))
    stack.callback(front.close)
    return Peer(name, f"tls:{front.host}:{front.port}", domain, tls_ca_file=str(front.ca_file))


def target_of(peer):
    """HOST:PORT, as tor's events name it."""
    return peer.address.partition(":")[2]


def tor_of(lab, user):
    """(control, socks) for a configuration."""
    return f"unix:{lab.socket_path(user, 'control')}", f"unix:{lab.socket_path(user, 'socks')}"


def _unix(folder):
    return f"unix:{folder.parent / (folder.name + '.sock')}"
