"""Servers that behave as a scenario needs it."""
import contextlib
import select
import socket
import threading


class Server:
    """Takes connections at `address`, each served by serve(connection) in a thread of its own."""

    def __init__(self, address):
        self._listener = socket.create_server(address)
        self.address = self._listener.getsockname()
        self._open = {self._listener}
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def serve(self, connection):
        raise NotImplementedError

    def _accept(self):
        while not self._ended:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self.serve(connection)
        except (OSError, EOFError):  # the other end left, or close()
            pass
        finally:
            connection.close()

    def close(self):
        self._ended = True
        for one in list(self._open):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()


class Silent(Server):
    """Reads and never answers."""

    def serve(self, connection):
        while connection.recv(65536):
            pass


class Passage:
    """A connection that is passed on, as long as a scenario lets it. `said`: what whoever dialled it has said so far."""

    def __init__(self, dialler, onward, early=b""):
        self.said = early
        self._dialler, self._onward = dialler, onward
        self._moving = threading.Event()
        self._moving.set()
        onward.sendall(early)

    def run(self):
        """Both directions, until one end closes."""
        while True:
            for ready in select.select([self._dialler, self._onward], [], [])[0]:
                self._moving.wait()
                data = ready.recv(65536)
                if not data:
                    return
                if ready is self._dialler:
                    self.said += data
                (self._onward if ready is self._dialler else self._dialler).sendall(data)

    def freeze(self):
        """From now on nothing passes, and neither end is told."""
        self._moving.clear()

    def cut(self):
        for one in (self._dialler, self._onward):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._moving.set()


class _Forwarder(Server):
    """Passes connections on to `target`. `passages`: all of them so far, oldest first."""

    def __init__(self, address, target):
        self.passages = []
        self._target = target
        super().__init__(address)

    def forward(self, connection, early=b""):
        with socket.create_connection(self._target) as onward:
            passage = Passage(connection, onward, early)
            self.passages.append(passage)
            passage.run()

    def close(self):
        super().close()
        for passage in self.passages:
            passage.cut()


class Socks(_Forwarder):
    """A SOCKS5 proxy that asks for user and password and writes down what it was told. `verdicts`: reply codes for the next
    connections, 0 once they are used up; whatever was asked for, it connects to `target`."""

    class Request:
        """What one connection said."""

        def __init__(self):
            self.methods = self.user = self.password = self.address_type = self.host = self.port = None
            self.early = b""  # what came behind CONNECT before it was answered

        def __repr__(self):
            return f"<{self.__dict__}>"

    def __init__(self, address, target):
        self.requests = []
        self.verdicts = []
        self.early_patience = 5  # seconds; a link opened ahead has nothing to say
        super().__init__(address, target)

    def serve(self, connection):
        request = self.Request()
        _, count = _exactly(connection, 2)
        request.methods = list(_exactly(connection, count))
        connection.sendall(b"\x05\x02")
        _exactly(connection, 1)
        request.user = _counted(connection)
        request.password = _counted(connection)
        connection.sendall(b"\x01\x00")
        _, _, _, request.address_type = _exactly(connection, 4)
        request.host = _counted(connection).decode() if request.address_type == 3 else _exactly(connection, 4).hex()
        request.port = int.from_bytes(_exactly(connection, 2), "big")
        # A proxy that sends data on with its first cell: it looks for some before it answers.
        if select.select([connection], [], [], self.early_patience)[0]:
            request.early = connection.recv(65536)
        self.requests.append(request)
        verdict = self.judge(request)
        connection.sendall(bytes([5, verdict, 0, 1, 0, 0, 0, 0, 0, 0]))
        if verdict == 0:
            self.forward(connection, request.early)

    def judge(self, _request):
        """The reply code; the client waits for it."""
        return self.verdicts.pop(0) if self.verdicts else 0


def _exactly(connection, count):
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data


def _counted(connection):
    return _exactly(connection, _exactly(connection, 1)[0])


class HttpProxy(_Forwarder):
    """An HTTP proxy that takes CONNECT and writes down each request's head. `verdicts`: status lines for the next ones, 200 once
    they are used up; whatever was asked for, it connects to `target`."""

    def __init__(self, address, target):
        self.heads = []
        self.verdicts = []
        super().__init__(address, target)

    def serve(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = connection.recv(65536)
            if not chunk:
                return
            head += chunk
        head, early = head.split(b"\r\n\r\n", 1)
        self.heads.append(head.decode())
        verdict = self.verdicts.pop(0) if self.verdicts else "200 Connection established"
        connection.sendall(f"HTTP/1.1 {verdict}\r\n\r\n".encode())
        if verdict.startswith("2"):
            self.forward(connection, early)


class TorControl(Server):
    """The control port of a tor that is at 45 %. With `cookie`, a file, it asks for a cookie and accepts none."""

    def __init__(self, address, cookie=None):
        self._cookie = cookie
        super().__init__(address)

    def serve(self, connection):
        with connection.makefile("rb") as lines:
            for line in lines:
                connection.sendall(self._reply(line.decode("latin-1").split()).replace("\n", "\r\n").encode())

    def _reply(self, words):
        if words[0] == "PROTOCOLINFO":
            auth = f'COOKIE COOKIEFILE="{self._cookie}"' if self._cookie else "NULL"
            return f'250-PROTOCOLINFO 1\n250-AUTH METHODS={auth}\n250-VERSION Tor="0.4.9.11"\n250 OK\n'
        if words[0] == "AUTHENTICATE" and self._cookie:
            return "515 Authentication failed: Wrong length on authentication cookie.\n"
        if words[0] == "GETINFO":
            answers = {"status/bootstrap-phase": 'NOTICE BOOTSTRAP PROGRESS=45 TAG=requesting_descriptors SUMMARY="Asking"',
                       "version": "0.4.9.11"}
            return "".join(f"250-{key}={answers.get(key, '')}\n" for key in words[1:]) + "250 OK\n"
        return "250 OK\n"


class Relay(_Forwarder):
    """Passes on to `target` whatever comes; cut() ends what runs."""

    def __init__(self, address, target):
        self.count = 0
        super().__init__(address, target)

    def serve(self, connection):
        self.count += 1
        self.forward(connection)

    def cut(self):
        for one in list(self._open - {self._listener}):
            with contextlib.suppress(OSError):  # it has ended by itself
                one.shutdown(socket.SHUT_RDWR)
            self._open.discard(one)
