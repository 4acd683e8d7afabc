"""How the nodes of a lab reach each other: plain loopback, loopback with delay relays, one namespace with nothing but loopback, or
namespaces with a delay switch.

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
    carries_delay = False
    carries_jitter = False  # and loss
    told = "plain loopback, no delay"

    def __init__(self, folder, nodes, seed=1):
        """seed: of what is drawn for the packets."""
        self.folder = pathlib.Path(folder)
        self.nodes = nodes
        self.seed = seed

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
    carries_delay = True
    told = "loopback with TCP delay relays, {delay} ms per relay"

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
    carries_delay = True
    carries_jitter = True
    told = "a namespace per node, packets delayed {delay} ms per relay"

    def __init__(self, folder, nodes, seed=1):
        self.folder = pathlib.Path(folder)
        self.nodes = nodes
        self.seed = seed

    @staticmethod
    def choose_subnet(_folder):
        return "10.88.0"  # seen only inside

    def start(self):
        """StartError, with the reason, where namespaces cannot be had."""
        _start_program("delay_switch", self.folder, [_access_line(node) for node in self.nodes], arguments=[str(self.seed)])

    def command(self, node, command):
        program = next(iter(self.programs))
        pid = processes.find(self.folder).get(program)
        if pid is None:
            raise LabError(f"{program} does not run; start again with scripts/lab down and scripts/lab up")
        enter = ["nsenter", f"--net=/proc/{pid}/{self._namespace_of(node)}"]
        if os.geteuid() != 0:
            enter[1:1] = ["--preserve-credentials", f"--user=/proc/{pid}/ns/user"]
        return enter + command

    def _namespace_of(self, node):
        """Where the program shows it below /proc/PID."""
        return f"fd/{_FIRST_NAMESPACE_FD + self.nodes.index(node)}"


class SharedNamespace(Namespaces):
    """Every node with its own address on the loopback device of one network namespace, which has no other device. No delay."""

    kind = "shared"
    programs = frozenset({"shared_namespace"})
    carries_delay = False
    carries_jitter = False
    told = "one namespace with nothing but loopback, no delay"

    def start(self):
        """StartError, with the reason, where namespaces cannot be had."""
        _start_program("shared_namespace", self.folder, [node.address for node in self.nodes])

    def _namespace_of(self, node):
        return "ns/net"


KINDS = {wire.kind: wire for wire in (Loopback, DelayRelays, SharedNamespace, Namespaces)}


def start_gate(lab, name, node, table):
    """A process `name` of the lab that hands streams on, without delay, between unix sockets and ports where `node` lives. `table`:
    pairs of endpoints, each "IPV4:PORT" or "unix:PATH"; it listens on the first of a pair and connects to the second."""
    _start_program("delay_relay", lab.folder, [f"{_quoted(listen)} {_quoted(target)} 0" for listen, target in table], name,
                   lambda command: lab.command(node, command))


def _access_line(node):
    """As delay_switch reads it. Nodes of others than a lab may have a delay only."""
    return f"{node.address} {node.delay_ms} {getattr(node, 'jitter_ms', 0.0)} {getattr(node, 'loss_percent', 0.0)}"


def _start_program(program, lab_folder, table, name=None, within=lambda command: command, arguments=()):
    """Known in the lab by `name`, else by its program's."""
    folder = lab_folder / "nodes" / (name or program)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "table").write_text("\n".join(table) + "\n", encoding="utf-8")
    processes.spawn(within([str(programs.built(program)), str(folder / "table"), *arguments]), folder / "log", ready_line=True)


def _quoted(endpoint):
    """As std::quoted reads it."""
    return '"' + endpoint.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _first_taken(subnet):
    for port in _PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((f"{subnet}.10", port))
            except OSError:
                return port
    return None
