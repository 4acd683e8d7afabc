"""A small SAM 3.1 client, as i2pd 2.45.1 speaks it: sessions and streams."""
import base64
import contextlib
import hashlib
import itertools
import os
import secrets
import socket
import time

from labnet.errors import LabError

_ED25519 = 7
_LONGEST_LINE = 16384  # a reply with a private key takes about 1,000
_POLL_SECONDS = 0.1
# Keys and padding, then the type and the length of the certificate (I2P specification, common structures).
_DESTINATION_WITHOUT_CERTIFICATE = 387


class SamError(LabError):
    """i2pd refused. `result`: the RESULT of its reply, such as CANT_REACH_PEER."""

    def __init__(self, what, reply):
        self.result = reply.get("RESULT", "")
        message = reply.get("MESSAGE")
        super().__init__(f"SAM {what}: {self.result or 'no RESULT'}{f' ({message})' if message else ''}")


class Connection:
    """One connection to the SAM port at `target`: the path of a unix socket or (host, port). Greeted."""

    def __init__(self, target, timeout=90.0):
        if isinstance(target, tuple):
            self.socket = socket.create_connection(target, timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
        try:
            if not isinstance(target, tuple):
                self.socket.connect(str(target))
            self.ask("HELLO VERSION MIN=3.0 MAX=3.1")
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def shut(self):
        """Ends it for a thread that reads from it, which then closes it."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def send(self, request):
        self.socket.sendall(request.encode("ascii") + b"\n")

    def ask(self, request):
        """Values of the reply. SamError unless it says RESULT=OK, or says no RESULT where there is none."""
        self.send(request)
        what = " ".join(request.split()[:2])  # never more: a request may hold a private key
        return self.reply(what)

    def reply(self, what):
        values = parse(self.line())
        if values.get("RESULT", "OK") != "OK":
            raise SamError(what, values)
        return values

    def line(self):
        """Up to the end of the line and not one byte more: what follows belongs to the stream."""
        line = b""
        while not line.endswith(b"\n"):
            part = self.socket.recv(_LONGEST_LINE, socket.MSG_PEEK)
            if not part:
                raise EOFError("i2pd closed the SAM connection")
            end = part.find(b"\n") + 1
            line += self.socket.recv(end or len(part))
            if len(line) > _LONGEST_LINE:
                raise LabError("i2pd sent an endless SAM line")
        return line.decode("ascii", "replace").rstrip("\r\n")


def parse(line):
    """{"RESULT": "OK", ...} of a reply. Values may stand in quotes."""
    values, rest = {}, line
    while "=" in rest:
        before, rest = rest.split("=", 1)
        name = before.split()[-1] if before.split() else ""
        value, _, rest = rest[1:].partition('"') if rest.startswith('"') else rest.partition(" ")
        values[name] = value
    return values


def answers(target):
    """Whether a router speaks SAM there."""
    try:
        Connection(target, timeout=5.0).close()
        return True
    except (OSError, EOFError, LabError):
        return False


def generate(target):
    """(public, private) key of a new destination, in I2P's base64."""
    with Connection(target) as connection:
        values = connection.ask(f"DEST GENERATE SIGNATURE_TYPE={_ED25519}")
        return values["PUB"], values["PRIV"]


def host_of(public):
    """The name of a destination: base32 of its SHA-256."""
    return host_of_key(base64.b64decode(public, b"-~"))


def host_of_key(key):
    """Of a destination's key, public or private: the private one begins with the public one, whose certificate has a length."""
    end = _DESTINATION_WITHOUT_CERTIFICATE
    size = end + int.from_bytes(key[end - 2:end], "big")
    digest = hashlib.sha256(key[:size]).digest()
    return base64.b32encode(digest).decode().lower().rstrip("=") + ".b32.i2p"


class Session:
    """A destination with tunnels of its own, until close().

    i2pd tells that a session is there only 20 s later; it can be used before, so that nobody waits for this here: connect() and
    accept() try again meanwhile.
    """

    _numbers = itertools.count()

    def __init__(self, target, private="TRANSIENT", length=3, quantity=3):
        self.target = target
        self.id = f"lab-{os.getpid()}-{next(self._numbers)}-{secrets.token_hex(4)}"
        options = " ".join(f"{way}.length={length} {way}.quantity={quantity}" for way in ("inbound", "outbound"))
        signature = f" SIGNATURE_TYPE={_ED25519}" if private == "TRANSIENT" else ""
        self._closed = False
        self._control = Connection(target, timeout=None)
        self._control.send(f"SESSION CREATE STYLE=STREAM ID={self.id} DESTINATION={private}{signature} {options} i2cp.leaseSetEncType=4")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """connect() and accept() of other threads give up soon."""
        self._closed = True
        self._control.close()

    def connect(self, host, timeout=90.0):
        """A stream to a destination, as its socket. That it is there does not mean that somebody answers."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self._request(f"STREAM CONNECT ID={self.id} DESTINATION={host} SILENT=false")
            except SamError as error:
                # Not there yet: our session, our tunnels, or what the network knows of the other one.
                if error.result not in ("INVALID_ID", "CANT_REACH_PEER", "INVALID_KEY", "TIMEOUT") or self._is_over(deadline):
                    raise
            time.sleep(_POLL_SECONDS)

    def accept(self, timeout=90.0):
        """Waits in line for streams; the Connection's next line is the caller's destination, then come its bytes."""
        deadline = time.monotonic() + timeout
        while True:
            connection = Connection(self.target)
            try:
                connection.ask(f"STREAM ACCEPT ID={self.id} SILENT=false")
                connection.socket.settimeout(None)
                return connection
            except BaseException as error:
                connection.close()
                if not isinstance(error, SamError) or error.result != "INVALID_ID" or self._is_over(deadline):
                    raise
            time.sleep(_POLL_SECONDS)

    def _is_over(self, deadline):
        return self._closed or time.monotonic() > deadline

    def _request(self, request):
        connection = Connection(self.target)
        try:
            connection.ask(request)
            return connection.socket
        except BaseException:
            connection.close()
            raise
