"""How the nodes of a lab reach each other: plain loopback, loopback with delay relays, or namespaces with a delay switch.

A wire tells each node's address, the command that starts a program where the node lives, and starts what carries the bytes.
"""
import hashlib
import os
import pathlib
import socket

from labnet import processes, programs
from labnet.errors import LabError
from labnet.topology import (BEHIND_RELAY, CONTROL_PORT, DIR_PORT, ECHO_PORT, OR_PORT, SOCKS_PORT, TLS_PORT)

_PORTS = (OR_PORT, DIR_PORT, SOCKS_PORT, CONTROL_PORT, ECHO_PORT, TLS_PORT, *(port + BEHIND_RELAY for port in (OR_PORT, ECHO_PORT, TLS_PORT)))
_FIRST_NAMESPACE_FD = 100  # the same as in delay_switch.cpp


class Loopback:
    """Every node has an address of its own in 127.0.0.0/8. No delay, no rights needed."""

    kind = "loopback"
    programs = frozenset()  # names of what carries the bytes
    reachable = True  # TCP ports of the nodes can be reached from outside the lab
    behind_relay = False

    def __init__(self, folder, nodes):
        self.folder = pathlib.Path(folder)
        self.nodes = nodes

    @staticmethod
    def choose_subnet(folder):
        """A /24 whose ports are free. Starts from the folder's name, so that labs seldom meet and a lab keeps its own."""
        start = int.from_bytes(hashlib.sha256(str(folder).encode()).digest()[:2], "big")
        for attempt in range(16):
            number = (start + attempt) % (64 * 256)
            subnet = f"127.{64 + number // 256}.{number % 256}"
            taken = _first_taken(subnet)
            if taken is None:
                return subnet
        raise LabError(f"port {taken} is in use on every address; end the program that holds it (ss -ltnp)")

    def start(self):
        pass

    def command(self, _node, command):
        return command


class DelayRelays(Loopback):
    """Loopback with a program in front of every relay's OR port that delays each byte. TCP only, no rights needed.

    It cannot tell who connects (tor binds no address of its own towards loopback), so the accepting port is charged with the
    delay of a whole link, in such a measure that round trips last as long as with namespaces: an onion path has 7 links, an exit
    path 3 and the one to the target. Relays of unequal delay are charged in proportion to their own.
    """

    kind = "relays"
    programs = frozenset({"delay_relay"})
    behind_relay = True

    def start(self):
        carriers = [node for node in self.nodes if node.kind in ("relay", "exit")]
        mean = sum(node.delay_ms for node in carriers) / len(carriers)
        user, target = (next(node.delay_ms for node in self.nodes if node.kind == kind) for kind in ("guest", "echo"))
        link = (2 * user + 12 * mean) / 7
        last_link = user + 6 * mean + target - 3 * link
        charges = [(node, OR_PORT, link * node.delay_ms / mean if mean else 0.0) for node in carriers]
        charges += [(node, port, last_link) for node in self.nodes if node.kind == "echo" for port in (ECHO_PORT, TLS_PORT)]
        table = [f"{node.address}:{port} {node.address}:{port + BEHIND_RELAY} {milliseconds}" for node, port, milliseconds in charges]
        _start_program("delay_relay", self.folder, table)


class Namespaces:
    """Every node in a network namespace of its own, joined by a program that delays each packet."""

    kind = "namespaces"
    programs = frozenset({"delay_switch"})
    reachable = False
    behind_relay = False

    def __init__(self, folder, nodes):
        self.folder = pathlib.Path(folder)
        self.nodes = nodes

    @staticmethod
    def choose_subnet(_folder):
        return "10.88.0"  # seen only inside

    def start(self):
        """StartError, with the reason, where namespaces cannot be had."""
        _start_program("delay_switch", self.folder, [f"{node.address} {node.delay_ms}" for node in self.nodes])

    def command(self, node, command):
        pid = processes.find(self.folder).get("delay_switch")
        if pid is None:
            raise LabError("the delay switch does not run; start again with scripts/lab down and scripts/lab up")
        enter = ["nsenter", f"--net=/proc/{pid}/fd/{_FIRST_NAMESPACE_FD + self.nodes.index(node)}"]
        if os.geteuid() != 0:
            enter[1:1] = ["--preserve-credentials", f"--user=/proc/{pid}/ns/user"]
        return enter + command


KINDS = {wire.kind: wire for wire in (Loopback, DelayRelays, Namespaces)}


def _start_program(name, lab_folder, table):
    folder = lab_folder / "nodes" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "table").write_text("\n".join(table) + "\n", encoding="ascii")
    processes.spawn([str(programs.built(name)), str(folder / "table")], folder / "log", ready_line=True)


def _first_taken(subnet):
    for port in _PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((f"{subnet}.10", port))
            except OSError:
                return port
    return None
