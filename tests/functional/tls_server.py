"""A TLS server with a certificate of its own making, that notes what it is told."""
import ssl
import subprocess

import fake_servers


class TlsServer(fake_servers.Server):
    def __init__(self, address, certificate):
        self.heard = b""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        super().__init__(address)

    def serve(self, connection):
        with self._context.wrap_socket(connection, server_side=True) as stream:
            while data := stream.recv(65536):
                self.heard += data


def own_certificate(place):
    """A PEM file with key and certificate for the place's address; the certificate alone stands beside it as .crt."""
    certificate = place.folder / "own.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=peer", "-days", "2", "-addext",
                    f"subjectAltName=IP:{place.host}", "-keyout", certificate, "-out", f"{certificate}.crt"],
                   check=True, capture_output=True)
    with open(certificate, "a", encoding="ascii") as file:
        file.write((place.folder / "own.pem.crt").read_text())
    return certificate
