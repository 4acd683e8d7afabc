"""A private Tor network in a folder."""
from labnet import processes, tor_start, topology
from labnet.lab import Lab
from labnet.torctl import Controller


class TorLab(Lab):
    """See Lab. Nodes: authorities, relays, exits, a tor for each user, an echo server."""

    network = "tor"
    topology = topology
    wire_kinds = ("loopback", "namespaces", "relays")
    passing_files = ("keys.new", "bandwidths", "client.torrc.inc")
    longest_socket = "control"

    # socket_path(): "control" of every tor, "socks" of users, "echo" of echo.

    def control(self, name):
        """A new control connection."""
        return Controller(self.socket_path(name, "control"))

    @property
    def behind_relay(self):
        """Whether a delay relay stands before the ports of the relays."""
        return self._wire().behind_relay

    def spawn(self, node):
        folder = self.node_folder(node.name)
        if node.kind == "echo":
            port = topology.ECHO_PORT + (topology.BEHIND_RELAY if self.behind_relay else 0)
            command = processes.echo_command(self.socket_path("echo", "echo"), node.address, port)
        else:
            command = processes.tor_command(folder / "torrc")
        processes.spawn(self._wire().command(node, command), folder / "stdout.log", ready_line=node.kind == "echo")

    def _start(self, begin):
        tor_start.start(self, self._settings.nodes, self._report)

    def _wait_usable(self, node, deadline):
        if node.is_tor:
            tor_start.wait_bootstrapped(self, [node], deadline)

    def _describe_network(self):
        echo = self.node("echo")
        return {
            "client_torrc": str(self.folder / "client.torrc.inc") if self._wire().reachable else None,
            "echo": {"host": echo.address, "port": topology.ECHO_PORT, "unix": str(self.socket_path("echo", "echo"))},
        }

    def _describe(self, node, pid):
        what = {**super()._describe(node, pid), "control_unix": str(self.socket_path(node.name, "control"))}
        if node.kind == "user":
            what["socks_unix"] = str(self.socket_path(node.name, "socks"))
            what["cookie_file"] = str(self.node_folder(node.name) / "control_auth_cookie")
            if self._wire().reachable:
                what["socks"] = f"{node.address}:{topology.SOCKS_PORT}"
                what["control"] = f"{node.address}:{topology.CONTROL_PORT}"
        return what
