"""I2P as a scenario needs it: routers whose SAM behaves as i2pd 2.45 does, and who write down all that they are told. Routers of one
Network reach each other's destinations; nothing leaves the process."""
import base64
import contextlib
import hashlib
import os
import queue
import socket
import threading
import time

from fake_servers import Passage, Server

# i2pd says SESSION STATUS after 20 s or more; what takes less than a second is a session that it had before.
_STATUS_DELAY = 1.2
# What nobody accepts is closed.
_ACCEPT_PATIENCE = 10


def _encode(data):
    return base64.b64encode(data, b"-~").decode()


def _b32(public):
    return base64.b32encode(hashlib.sha256(public).digest()).decode().lower().rstrip("=") + ".b32.i2p"


class Keys:
    """A destination: public (keys and a certificate that says Ed25519 and ECIES-X25519) and, behind it, private."""

    def __init__(self, private=None):
        data = base64.b64decode(private, b"-~") if private else None
        self.public = data[:391] if data else os.urandom(384) + b"\x05\x00\x04\x00\x07\x00\x04"
        self.private = private or _encode(self.public + os.urandom(32 + 32))
        self.name = _b32(self.public)
        self.text = _encode(self.public)


class Session:
    """What SESSION CREATE said and what became of it."""

    def __init__(self, identifier, keys, transient, options, connection):
        self.id, self.keys, self.transient, self.options, self.connection = identifier, keys, transient, options, connection
        self.acceptors = queue.Queue()
        self.ended = threading.Event()
        self.connects = []  # the names that were asked for by this session


class Network:
    """Who has which destination at the moment. `hidden`: names whose LeaseSet is not found."""

    def __init__(self):
        self.sessions = {}  # by name
        self.hidden = set()
        self.lock = threading.Lock()

    def find(self, name):
        with self.lock:
            return None if name in self.hidden else self.sessions.get(name)


class Router(Server):
    """SAM of one router. `lines`: every request as it came, of all connections; `sessions`: those ever made, oldest first."""

    def __init__(self, address, network):
        self.network = network
        self.lines = []
        self.sessions = []
        self.status_delay = _STATUS_DELAY
        self._by_id = {}
        super().__init__(address)

    def serve(self, connection):
        reader = connection.makefile("rb", buffering=0)
        while True:
            line = reader.readline()
            if not line:
                return
            text = line.decode("ascii").rstrip("\n")
            self.lines.append(text)
            words = text.split(" ")
            fields = dict(word.split("=", 1) for word in words if "=" in word)
            if not self._reply(connection, " ".join(words[:2]), fields):
                return

    def _reply(self, connection, request, fields):
        """False at the end of the connection."""
        def say(text):
            connection.sendall(f"{text}\n".encode())
        if request == "HELLO VERSION":
            say("HELLO REPLY RESULT=OK VERSION=3.1")
        elif request == "DEST GENERATE":
            keys = Keys()
            say(f"DEST REPLY PUB={keys.text} PRIV={keys.private}")
        elif request == "SESSION CREATE":
            self._session(connection, fields, say)
            return False
        elif request == "STREAM CONNECT":
            self._connect(connection, fields, say)
            return False
        elif request == "STREAM ACCEPT":
            self._accept_stream(connection, fields, say)
            return False
        else:
            say(f"{request.split(' ')[0]} STATUS RESULT=I2P_ERROR")
        return True

    def _session(self, connection, fields, say):
        if fields["ID"] in self._by_id:
            say("SESSION STATUS RESULT=DUPLICATED_ID")
            return
        if fields["DESTINATION"] == "none":
            say("SESSION STATUS RESULT=INVALID_KEY")
            return
        transient = fields["DESTINATION"] == "TRANSIENT"
        session = Session(fields["ID"], Keys(None if transient else fields["DESTINATION"]), transient, fields, connection)
        with self.network.lock:
            self.sessions.append(session)
            self._by_id[session.id] = session
            self.network.sessions[session.keys.name] = session
        try:
            time.sleep(self.status_delay)
            say(f"SESSION STATUS RESULT=OK DESTINATION={session.keys.private}")
            while line := connection.recv(65536):
                self.lines += line.decode("ascii").splitlines()
                if line.startswith(b"NAMING LOOKUP NAME=ME"):
                    say(f"NAMING REPLY RESULT=OK NAME=ME VALUE={session.keys.text}")
        finally:
            session.ended.set()
            with self.network.lock:
                if self.network.sessions.get(session.keys.name) is session:
                    del self.network.sessions[session.keys.name]
                del self._by_id[session.id]

    def _connect(self, connection, fields, say):
        session = self._by_id.get(fields["ID"])
        if session is None:
            return say("STREAM STATUS RESULT=INVALID_ID")
        session.connects.append(fields["DESTINATION"])
        other = self.network.find(fields["DESTINATION"])
        if other is None or other.ended.is_set():
            return say("STREAM STATUS RESULT=CANT_REACH_PEER")
        say("STREAM STATUS RESULT=OK")
        try:
            accepted, done = other.acceptors.get(timeout=_ACCEPT_PATIENCE)
        except queue.Empty:
            return None
        try:
            accepted.sendall(f"{session.keys.text}\n".encode())
            self._pass(connection, accepted, session, other)
        finally:
            done.set()
        return None

    @staticmethod
    def _pass(connection, accepted, *sessions):
        """Until an end of it or of its sessions."""
        passage = Passage(connection, accepted)
        for one in sessions:
            threading.Thread(target=lambda ended=one.ended: (ended.wait(), passage.cut()), daemon=True).start()
        with contextlib.suppress(OSError):
            passage.run()
        passage.cut()

    def _accept_stream(self, connection, fields, say):
        session = self._by_id.get(fields["ID"])
        if session is None:
            return say("STREAM STATUS RESULT=INVALID_ID")
        say("STREAM STATUS RESULT=OK")
        done = threading.Event()
        session.acceptors.put((connection, done))
        done.wait()
        return None

    def named(self, request):
        """The requests that begin so."""
        return [line for line in self.lines if line.startswith(request)]

    def close(self):
        """As a router that is killed: nothing of it stays."""
        super().close()
        with self.network.lock:
            for session in self._by_id.values():
                session.ended.set()


def free_port_of(host):
    """Where a router can be opened and opened again."""
    with socket.create_server((host, 0)) as probe:
        return probe.getsockname()[1]
