"""The steps that bring a private Tor network up."""
import contextlib
import re
import shutil
import subprocess
import time

from labnet import bootstrap, keys, torrc
from labnet.errors import LabError

_TIMEOUT = 120.0  # an idle machine needs 10 s
_OLDEST_TOR = (0, 4, 8)  # ConfluxEnabled


def start(lab, nodes, report):
    """Starts every process of `lab`; returns when every tor is at 100 %."""
    deadline = time.monotonic() + _TIMEOUT
    _check_tor()
    if keys.ensure(lab.folder / "keys", nodes):
        report("made the keys of the authorities and relays")
    _write_configuration(lab, nodes)
    lab.spawn(lab.node("echo"))

    relays = [node for node in nodes if node.is_relay]
    for node in relays:
        lab.spawn(node)
    kinds = [node.kind for node in relays]
    report(f"started {kinds.count('authority')} authorities, {kinds.count('relay')} relays, {kinds.count('exit')} exits")
    with _controllers(lab, relays, deadline) as controllers:
        authorities = {node.name: controllers[node.name] for node in relays if node.kind == "authority"}
        bootstrap.wait_descriptors(authorities, len(relays), deadline)
        report("the authorities know every relay and vote")
        bootstrap.vote(authorities, len(relays), deadline)
        for control in controllers.values():
            control.command("SIGNAL RELOAD")  # else a relay asks for the consensus up to 19 s later
        users = [node for node in nodes if node.kind == "user"]
        report(f"consensus with {len(relays)} relays; starting {', '.join(node.name for node in users)}")
        for node in users:
            lab.spawn(node)
        wait_bootstrapped(lab, users, deadline)
        bootstrap.wait_bootstrapped(controllers, deadline)


def wait_bootstrapped(lab, nodes, deadline):
    with _controllers(lab, nodes, deadline) as controllers:
        bootstrap.wait_bootstrapped(controllers, deadline)


@contextlib.contextmanager
def _controllers(lab, nodes, deadline):
    paths = {node.name: lab.socket_path(node.name, "control") for node in nodes}
    with contextlib.ExitStack() as stack:
        controllers = bootstrap.connect_all(paths, deadline)
        for control in controllers.values():
            stack.enter_context(control)
        yield controllers


def _write_configuration(lab, nodes):
    keys_folder = lab.folder / "keys"
    directory = torrc.directory_lines(keys_folder, nodes)
    bandwidths = lab.folder / "bandwidths"
    bandwidths.write_text(torrc.bandwidths(keys_folder, nodes), encoding="ascii")
    (lab.folder / "client.torrc.inc").write_text(torrc.guest(directory, lab.node("guest").address), encoding="ascii")
    for node in nodes:
        folder = lab.node_folder(node.name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if node.is_relay:
            keys.install(keys_folder, folder, node.name)
        if node.is_tor:
            text = torrc.for_node(node, folder, directory, bandwidths, lab.behind_relay)
            (folder / "torrc").write_text(text, encoding="utf-8")


def _check_tor():
    for program in ("tor", "tor-gencert"):
        if not shutil.which(program):
            raise LabError(f"{program} is not installed; scripts/setup --only lab installs it")
    output = subprocess.run(["tor", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"(\d+)\.(\d+)\.(\d+)", output)
    if version and tuple(map(int, version.groups())) < _OLDEST_TOR:
        raise LabError(f"tor {version.group()} is too old, 0.4.8 is needed; mend: apt-get update && apt-get install tor")
