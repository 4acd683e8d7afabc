"""A TLS peer whose certificate nobody vouches for: 502, and it is not told about the call."""
from call import Call
from configs import caller
from place import B_TUNNEL
from tls_server import TlsServer, own_certificate
from waiting import equal


def scenario(place):
    server = place.own(TlsServer((place.host, B_TUNNEL), own_certificate(place)))
    place.bridge("a", caller(place, f"tls:{place.host}:{B_TUNNEL}")).start()
    alice = place.alice()
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite)
    equal(answer.status, 502, "the answer")
    equal(server.heard, b"", "what the server was told")
    call.acknowledge_refusal(answer)
