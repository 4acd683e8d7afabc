"""The steps that bring a private I2P network up."""
import contextlib
import shutil
import socket
import threading
import time

from labnet import i2p_keys, i2pd_conf, processes, programs, sam, wires
from labnet.errors import LabError
from labnet.i2p_measure import FirstEcho
from labnet.i2p_topology import CONSOLE_PORT, HTTP_PROXY_PORT, SAM_PORT, TRANSPORT_PORT, local_address

_TIMEOUT = 120.0  # an idle machine needs 12 s
_POLL_SECONDS = 0.05
_GONE_LOOKS = 5  # that it is not found, one after the other, before it counts as ended
_LISTENING = "0A"  # state of a socket in /proc/net/tcp
# What each user's router offers inside, and the name of its unix socket outside.
_GATES = {"sam": SAM_PORT, "http_proxy": HTTP_PROXY_PORT, "console": CONSOLE_PORT}


def gate_name(user):
    """Of the process that hands on between the unix sockets and a user's router. No user can have this name."""
    return f"gate.{user}"


def start(lab, nodes, report):
    """Starts every process of `lab`; returns when a stream from the first user reaches each other one."""
    deadline = time.monotonic() + _TIMEOUT
    if not shutil.which("i2pd"):
        raise LabError("i2pd is not installed; scripts/setup --only lab installs it")
    routers = [node for node in nodes if node.kind in ("floodfill", "router")]
    users = [node for node in nodes if node.kind == "user"]
    keys, seed = lab.folder / "i2p-keys", lab.folder / "seed.zip"
    gate = threading.Thread(target=programs.built, args=("delay_relay",))  # its first compilation takes as long as making the keys
    gate.start()
    _write_configuration(lab, nodes, seed)
    if not i2p_keys.have(keys, routers):
        _make_keys(lab, routers, keys, deadline)
        report(f"made the keys of {len(routers)} routers")
    names = [node.name for node in routers]
    i2p_keys.write_seed(keys, names, seed)
    for node in routers:
        i2p_keys.install(keys, lab.node_folder(node.name), node.name)
    for node in routers:
        lab.spawn(node)
    _wait(lab, routers, _takes_connections, deadline, "does not listen")
    gate.join()
    for node in users:
        lab.spawn(node)
        start_gate(lab, node)
    kinds = [node.kind for node in routers]
    report(f"started {len(kinds)} routers, {kinds.count('floodfill')} of them floodfills, and those of "
           f"{', '.join(node.name for node in users)}")
    wait_usable(lab, users, deadline)


def wait_usable(lab, users, deadline):
    """Until streams go out from the first of `users` and come in at each other one: the only sign of life that I2P has. Of a single
    user, until its router answers."""
    _wait(lab, users, lambda node, _: sam.answers(lab.socket_path(node.name, "sam")), deadline, "does not answer by SAM")
    first, *others = (node.name for node in users)
    with contextlib.ExitStack() as stack:
        for echo in [stack.enter_context(FirstEcho(lab, first, other)) for other in others]:
            echo.wait(deadline)


def wait_listening(lab, node, deadline):
    """Until the router of `node` takes connections."""
    _wait(lab, [node], _takes_connections, deadline, "does not listen")


def _make_keys(lab, routers, keys, deadline):
    """Each router makes its own; without the zip it knows nobody."""
    for node in routers:
        lab.spawn(node)
    try:
        _wait(lab, routers, lambda node, _: i2p_keys.made(lab.node_folder(node.name), node), deadline, "made no keys")
    finally:
        processes.stop(lab.folder, {node.name for node in routers})
    i2p_keys.keep(keys, {node.name: lab.node_folder(node.name) for node in routers})


def _write_configuration(lab, nodes, seed):
    for node in nodes:
        folder = lab.node_folder(node.name)
        if node.kind == "guest":
            (lab.folder / "client.i2pd.conf.inc").write_text(i2pd_conf.guest(node, seed), encoding="utf-8")
            continue
        for made in (folder, folder / "tunnels.d", folder / "certificates"):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "tunnels.conf").touch()
        (folder / "i2pd.conf").write_text(i2pd_conf.for_node(node, folder, seed), encoding="utf-8")


def start_gate(lab, node):
    """Of a user; returns when it takes connections."""
    table = [(f"unix:{lab.socket_path(node.name, what)}", f"{local_address(node)}:{port}") for what, port in _GATES.items()]
    wires.start_gate(lab, gate_name(node.name), node.name, table)


def listens(pid, address, port):
    """Looked up in the network namespace of that process."""
    wanted = socket.inet_aton(address)[::-1].hex().upper() + f":{port:04X}"
    try:
        with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
            return any(fields[1:4:2] == [wanted, _LISTENING] for fields in map(str.split, table))
    except OSError:
        return False


def _takes_connections(node, pid):
    return listens(pid, node.address, TRANSPORT_PORT)


def _wait(lab, nodes, done, deadline, complaint):
    """Until `done(node, pid)` of each; LabError as soon as one of them ends."""
    waiting, unseen = list(nodes), {}
    while True:
        running = processes.find(lab.folder)
        for node in waiting:
            # A process that is just becoming i2pd has no command line for a moment.
            unseen[node.name] = unseen.get(node.name, 0) + 1 if node.name not in running else 0
            if unseen[node.name] > _GONE_LOOKS:
                raise LabError(f"the i2pd of {node.name} ended: {_last_words(lab.node_folder(node.name))}")
        waiting = [node for node in waiting if node.name not in running or not done(node, running[node.name])]
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise LabError(f"{', '.join(node.name for node in waiting)} {complaint} in time; the log says why: nodes/NAME/i2pd.log")
        time.sleep(_POLL_SECONDS)


def _last_words(folder):
    """They are lost with the folder when the start fails."""
    words = [line for name in ("stdout.log", "i2pd.log") if (folder / name).exists()
             for line in (folder / name).read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return words[-1] if words else "without a word"
