"""Streams that carry no SIP are answered or closed, on the phone side and on the tunnel side; a running call goes on."""
import os
import socket

from call import Call
from configs import start_pair
from place import A_INNER, B_TUNNEL
from waiting import Failure, check

_NO_LENGTH = (b"MESSAGE sip:bob@bob.example SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@x>;tag=1\r\n"
              b"To: <sip:b@x>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Type: text/plain\r\n")
# Name, bytes, what the last answer starts with; None: an answer cannot be made.
_BROKEN = [
    ("noise", b"\xff" + os.urandom(5000), None),
    ("a TLS handshake", bytes.fromhex("1603010200010001fc0303") + os.urandom(100), None),
    ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", None),
    ("no Content-Length", _NO_LENGTH + b"\r\n", b"SIP/2.0 400"),
    ("two Content-Lengths", _NO_LENGTH + b"Content-Length: 0\r\nl: 4\r\n\r\nabcd", b"SIP/2.0 400"),
    ("a negative length", _NO_LENGTH + b"Content-Length: -1\r\n\r\n", b"SIP/2.0 400"),
    ("a huge length", _NO_LENGTH + b"Content-Length: 99999999999999999999\r\n\r\n", b"SIP/2.0 "),
    ("a body over 64 KiB", _NO_LENGTH + b"Content-Length: 65537\r\n\r\n" + b"x" * 65537, b"SIP/2.0 513"),
    ("an endless header", _NO_LENGTH + b"X: " + b"y" * 80000, None),
]


def scenario(place):
    a, b = start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).establish()
    for port in (A_INNER, B_TUNNEL):
        for name, data, answer in _BROKEN:
            got = everything_until_the_end((place.host, port), data, name)
            if answer is not None:
                check(got.startswith(answer), f"{name} at port {port}: answered {got[:60]!r}")
        with socket.create_connection((place.host, port)):  # one that comes and says nothing harms nobody
            call.in_dialog("callee", "INFO")
        check(a.alive() and b.alive(), "a bridge has ended")
    call.hang_up()


def everything_until_the_end(address, data, name):
    """What is answered until the other end closes, which it must do."""
    got = b""
    with socket.create_connection(address, 10) as stream:
        try:
            stream.sendall(data)
            while chunk := stream.recv(65536):
                got += chunk
        except TimeoutError as error:
            raise Failure(f"{name} at port {address[1]}: the stream stays open") from error
        except ConnectionError:  # closed while data was still on its way
            pass
    return got
