"""A private I2P network in a folder."""
import time

from labnet import i2p_keys, i2p_start, i2p_topology, processes
from labnet.i2p_topology import CONSOLE_PORT, SAM_PORT, local_address
from labnet.lab import Lab


class I2pLab(Lab):
    """See Lab. Nodes: routers, half of them floodfills, that carry tunnels, and a router for each user."""

    network = "i2p"
    topology = i2p_topology
    wire_kinds = ("shared", "namespaces")
    passing_files = ("i2p-keys.new", "seed.zip", "client.i2pd.conf.inc", "first_echo_s")
    longest_socket = "http_proxy"

    # socket_path(): "sam", "http_proxy" and "console" of users.

    def spawn(self, node):
        folder = self.node_folder(node.name)
        processes.spawn(self._wire().command(node, processes.i2pd_command(folder)), folder / "stdout.log")

    def router_hash(self, name):
        """Its name in the network."""
        return i2p_keys.router_hash(self.node_folder(name))

    def router_names(self):
        """Of all routers but a guest's."""
        return [node.name for node in self._settings.nodes if node.kind != "guest"]

    def _start(self, begin):
        i2p_start.start(self, self._settings.nodes, self._report)
        if len(self._settings.users) < 2:  # nobody to reach
            return
        seconds = round(time.monotonic() - begin, 1)
        (self.folder / "first_echo_s").write_text(f"{seconds}\n", encoding="ascii")
        self._report(f"first echo through the network {seconds} s after the start")

    def _wait_usable(self, node, deadline):
        i2p_start.wait_listening(self, node, deadline)
        if node.kind == "user":
            others = [self.node(name) for name in self._settings.users if name != node.name]
            i2p_start.wait_usable(self, [*others[:1], node], deadline)

    def _expected(self):
        return super()._expected() | {i2p_start.gate_name(user) for user in self._settings.users}

    def _subnet(self, wire):
        return i2p_topology.SUBNET

    def _describe_network(self):
        return {"client_i2pd_conf": str(self.folder / "client.i2pd.conf.inc"), "first_echo_s": self._first_echo_s()}

    def _describe(self, node, pid):
        what = {**super()._describe(node, pid), "rss_kib": processes.resident_kib(pid)}
        if node.kind == "user":
            what.update({f"{name}_unix": str(self.socket_path(node.name, name)) for name in ("sam", "http_proxy", "console")})
            what["sam"] = f"{local_address(node)}:{SAM_PORT}"
            what["console"] = f"{local_address(node)}:{CONSOLE_PORT}"
        return what

    def _first_echo_s(self):
        """From the start to the first echo through the network; None before, and with a single user."""
        try:
            return float((self.folder / "first_echo_s").read_text(encoding="ascii"))
        except OSError:
            return None
