"""A TLS peer whose certificate is vouched for by the peer's tls_ca_file gets the call."""
from call import Call
from configs import caller
from place import B_TUNNEL
from tls_server import TlsServer, own_certificate
from waiting import until


def scenario(place):
    certificate = own_certificate(place)
    server = place.own(TlsServer((place.host, B_TUNNEL), certificate))
    config = caller(place, f"tls:{place.host}:{B_TUNNEL}")
    config = config.replace('[[route]]', f'tls_ca_file = "{certificate}.crt"\n[[route]]')
    place.bridge("a", config).start()
    alice = place.alice()
    alice.send(Call(alice, alice).invite)
    until(lambda: server.heard.startswith(b"INVITE sip:"), 10, lambda: f"the server hears the INVITE; it heard {server.heard}")
