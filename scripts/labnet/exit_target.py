"""A TLS server that the exits of a lab reach, at the echo server's node: what stands for a public SIP/TLS server."""
import subprocess

from labnet import processes, topology
from labnet.errors import LabError

_NAME = "tls_front"


class ExitTarget:
    """Hands what comes in on to the unix socket `target`, from now until close() or the end of the lab. One for each `number` in a lab;
    delay relays stand in front of number 0 alone."""

    def __init__(self, lab, target, number=0):
        self._lab, self._name = lab, f"{_NAME}{number}" if number else _NAME
        node = lab.node("echo")
        self.host, self.port = node.address, topology.TLS_PORT + number
        folder = lab.node_folder(self._name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.ca_file = folder / "front.crt"  # for tls_ca_file
        pem = _make_certificate(folder, self.host, self.ca_file)
        port = self.port + (topology.BEHIND_RELAY if lab.behind_relay else 0)
        processes.spawn(lab.command("echo", processes.tls_front_command(pem, self.host, port, target)), folder / "log", ready_line=True)

    def close(self):
        processes.stop(self._lab.folder, {self._name})


def _make_certificate(folder, host, ca_file):
    """PEM file with the key and a certificate for the address `host`; the certificate alone goes to `ca_file`."""
    pem = folder / "front.pem"
    try:
        result = subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=lab", "-days", "2", "-addext",
                                 f"subjectAltName=IP:{host}", "-keyout", str(pem), "-out", str(ca_file)],
                                capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError as error:
        raise LabError("openssl is not installed; scripts/setup --only lab installs it") from error
    if result.returncode != 0:
        raise LabError(f"openssl made no certificate: {result.stderr.strip()}")
    pem.write_text(pem.read_text(encoding="ascii") + ca_file.read_text(encoding="ascii"), encoding="ascii")
    return pem
