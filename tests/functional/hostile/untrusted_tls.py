"""A TLS peer whose certificate nobody vouches for: 502, and it is not told about the call."""
import ssl
import subprocess

import fake_servers
from call import Call
from configs import caller
from place import B_TUNNEL
from waiting import equal


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


def scenario(place):
    certificate = place.folder / "own.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=peer", "-days", "2", "-addext",
                    f"subjectAltName=IP:{place.host}", "-keyout", certificate, "-out", f"{certificate}.crt"],
                   check=True, capture_output=True)
    with open(certificate, "a", encoding="ascii") as file:
        file.write((place.folder / "own.pem.crt").read_text())
    server = place.own(TlsServer((place.host, B_TUNNEL), certificate))
    place.bridge("a", caller(place, f"tls:{place.host}:{B_TUNNEL}")).start()
    alice = place.alice()
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite)
    equal(answer.status, 502, "the answer")
    equal(server.heard, b"", "what the server was told")
    call.acknowledge_refusal(answer)
