"""What stands between caller and callee: two bridges joined by TCP, or one Kamailio."""
import json
import os
import shutil
import socket
import subprocess

from .processes import Failure, Process, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))


def free_ports(count):
    """Ports that are free for UDP and TCP on loopback at this moment."""
    sockets, ports = [], []
    while len(ports) < count:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.bind(("127.0.0.1", 0))
        port = tcp.getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sockets += [tcp, udp]
        try:
            udp.bind(("127.0.0.1", port))
        except OSError:
            continue
        ports.append(port)
    for each in sockets:
        each.close()
    return ports


# PrivaSIP-2 as it is measured: the algorithm in the configuration, and what `sipveil keys generate` makes for it.
SCHEMES = {"privasip-2-ecies": ("ecies-x25519", "ecies-x25519"), "privasip-2-rsa": ("rsa", "rsa-2048")}


class Bridges:
    """caller -> bridge -> TCP -> bridge -> callee. With a scheme the first seals both identities, the second opens the callee's."""

    def __init__(self, binary, folder, scheme=None):
        self.binary, self.folder, self.scheme, self.processes = binary, folder, scheme, []
        self.name = f"sipveil {scheme}" if scheme else "sipveil"

    def start(self, callee_port):
        caller_side, callee_side, link = free_ports(3)
        self.port = caller_side
        configs = {
            "caller": f'role = "phone"\nstate_dir = "{self.folder}/caller"\n[inner]\nlisten = ["127.0.0.1:{caller_side}"]\n'
                      f'[[peer]]\nname = "callee"\naddress = "tcp:127.0.0.1:{link}"\nvia = "direct"\n'
                      '[[route]]\ndomain = "bench.test"\npeers = ["callee"]\ncircuit = "shared"\n[log]\nlevel = "warning"\n',
            "callee": f'role = "{"proxy" if self.scheme else "phone"}"\nstate_dir = "{self.folder}/callee"\n[inner]\nlisten = ["127.0.0.1:{callee_side}"]\n'
                      f'deliver_to = "127.0.0.1:{callee_port}"\n[tunnel]\nlisten = ["127.0.0.1:{link}"]\n'
                      '[log]\nlevel = "warning"\n',
        }
        if self.scheme:
            self._add_identities(configs)
        for name, text in configs.items():
            path = os.path.join(self.folder, name + ".toml")
            with open(path, "w", encoding="utf-8") as config:
                config.write(text)
            self.processes.append(Process("bridge-" + name, [self.binary, "run", "-c", path], self.folder))
        for name, process in zip(configs, self.processes):
            wait_until(lambda p=process, n=name: p.require_alive() or os.path.exists(f"{self.folder}/{n}/status.sock"),
                       "the bridge's start")

    def _add_identities(self, configs):
        algorithm, kind = SCHEMES[self.scheme]
        keys = {name: os.path.join(self.folder, name, "keys") for name in configs}
        os.makedirs(os.path.join(keys["caller"], "peers"))
        for domain, owner in (("bench.test", keys["callee"]), ("caller.test", os.path.join(self.folder, "home"))):
            subprocess.run([self.binary, "keys", "generate", domain, "--algorithm", kind, "--keys-dir", owner],
                           check=True, stdout=subprocess.DEVNULL)
            (public,) = [name for name in os.listdir(f"{owner}/own") if name.endswith(".pub")]
            shutil.copy(f"{owner}/own/{public}", f"{keys['caller']}/peers/{domain}.pem")
        identity = f'[identity]\nscheme = "privasip-2"\nalgorithm = "{algorithm}"\n'
        configs["caller"] += identity + '[[account]]\naor = "caller@caller.test"\n'
        configs["callee"] += identity + 'domains = ["bench.test"]\n'

    def cpu_seconds(self):
        """Mean of both bridges: what one hop costs."""
        return sum(process.cpu_seconds() for process in self.processes) / len(self.processes)

    def memory_bytes(self):
        return sum(process.resident_bytes() for process in self.processes) / len(self.processes)

    def stop(self):
        for process in self.processes:
            process.stop()


class Kamailio:
    """caller -> Kamailio (stateful, one worker) -> callee."""
    name = "kamailio"

    def __init__(self, folder):
        self.folder, self.process = folder, None

    def start(self, callee_port):
        self.port, self.rpc_port = free_ports(2)
        with open(os.path.join(HERE, "kamailio.cfg"), encoding="utf-8") as template:
            text = template.read()
        text = (text.replace("LISTEN", f"udp:127.0.0.1:{self.port}").replace("RPC_PORT", str(self.rpc_port))
                .replace("CALLEE", f'"sip:127.0.0.1:{callee_port}"'))
        path = os.path.join(self.folder, "kamailio.cfg")
        with open(path, "w", encoding="utf-8") as config:
            config.write(text)
        # 512 MiB of shared memory: at 4,000 calls/s its transactions linger for seconds, as ours do.
        self.process = Process("kamailio", ["/usr/sbin/kamailio", "-DD", "-E", "-m", "512", "-M", "16", "-f", path,
                                            "-Y", self.folder], self.folder)
        wait_until(self._answers, "Kamailio's start")

    def _answers(self):
        self.process.require_alive()
        try:
            return self._ask("core.version") is not None
        except OSError:
            return False

    def _ask(self, method):
        """One JSON-RPC question by datagram."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rpc:
            rpc.settimeout(1.0)
            rpc.connect(("127.0.0.1", self.rpc_port))
            rpc.send(json.dumps({"jsonrpc": "2.0", "method": method, "id": 1}).encode())
            return json.loads(rpc.recv(65536))["result"]

    def cpu_seconds(self):
        return self.process.cpu_seconds()

    def memory_bytes(self):
        """What its shared-memory pool has handed out: the pool itself is taken at the start."""
        try:
            return self._ask("core.shmmem")["real_used"]
        except (OSError, ValueError, KeyError) as error:
            raise Failure(f"Kamailio does not tell its memory: {error}") from error

    def stop(self):
        if self.process:
            self.process.stop()
