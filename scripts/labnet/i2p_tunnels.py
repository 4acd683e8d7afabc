"""i2pd's own client and server tunnels, made and removed while a router runs: what a user would do without sipveil."""
import signal
import time

from labnet import i2p_start, processes, sam, wires
from labnet.errors import LabError
from labnet.i2p_topology import FIRST_TUNNEL_PORT, local_address

_POLL_SECONDS = 0.05
_TIMEOUT = 20.0

_COMMON = """\
inbound.length = {length}
outbound.length = {length}
inbound.quantity = {quantity}
outbound.quantity = {quantity}
i2cp.leaseSetEncType = 4
"""
# keys: a destination of its own, else all client tunnels of a router share one.
_CLIENT = """\
[{name}]
type = client
address = {local}
port = {port}
destination = {host}
keys = transient-{name}
"""
_SERVER = """\
[{name}]
type = server
host = {local}
port = {port}
keys = {name}.dat
"""


class _Tunnel:
    """A section of its own file in the router's tunnels.d, which the router reads again on SIGHUP, and a gate to it."""

    def __init__(self, lab, user, name):
        self._lab, self._user, self._name = lab, user, name
        self._node = lab.node(user)
        self._gate = f"tunnel.{user}.{name}"
        self._file = lab.node_folder(user) / "tunnels.d" / f"{name}.conf"
        if self._file.exists():
            raise LabError(f"{user}'s router has a tunnel {name!r} already")
        used = {int(line.split("=")[1]) for file in self._file.parent.glob("*.conf")
                for line in file.read_text(encoding="ascii").splitlines() if line.startswith("port =")}
        self._port = next(port for port in range(FIRST_TUNNEL_PORT, 65536) if port not in used)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        processes.stop(self._lab.folder, {self._gate})
        self._file.unlink(missing_ok=True)
        processes.send_signal(self._lab.folder, self._user, signal.SIGHUP)

    @property
    def _inside(self):
        return f"{local_address(self._node)}:{self._port}"

    def _add(self, section, table, there, length, quantity):
        """`there()`: whether the router has it."""
        text = section.format(name=self._name, local=local_address(self._node), port=self._port)
        try:
            self._file.write_text(text + _COMMON.format(length=length, quantity=quantity), encoding="ascii")
            wires.start_gate(self._lab, self._gate, self._user, table)
            if not processes.send_signal(self._lab.folder, self._user, signal.SIGHUP):
                raise LabError(f"{self._user}'s router does not run")
            deadline = time.monotonic() + _TIMEOUT
            while not there():
                if time.monotonic() > deadline:
                    raise LabError(f"{self._user}'s router did not make the tunnel {self._name!r}; its log says why: "
                                   f"{self._lab.node_folder(self._user) / 'i2pd.log'}")
                time.sleep(_POLL_SECONDS)
        except BaseException:
            self.close()
            raise


class ClientTunnel(_Tunnel):
    """Streams to the unix socket `path` go to the destination `host` (NAME.b32.i2p). Until close()."""

    def __init__(self, lab, user, name, host, length=3, quantity=3):
        super().__init__(lab, user, name)
        self.path = lab.socket_path(user, name)
        self._add(_CLIENT.replace("{host}", host), [(f"unix:{self.path}", self._inside)],
                  lambda: i2p_start.listens(lab.pid(user), local_address(self._node), self._port), length, quantity)

    def close(self):
        super().close()
        self.path.unlink(missing_ok=True)


class ServerTunnel(_Tunnel):
    """Streams to the destination `host`, which keeps its key with the router, go to the unix socket `target`. Until close()."""

    def __init__(self, lab, user, name, target, length=3, quantity=3):
        super().__init__(lab, user, name)
        key = lab.node_folder(user) / f"{name}.dat"
        self._add(_SERVER, [(self._inside, f"unix:{target}")], lambda: key.exists() and key.stat().st_size > 0, length, quantity)
        self.host = sam.host_of_key(key.read_bytes())
