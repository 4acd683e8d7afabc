"""How a phone's messages travel: UDP, or TCP with a listener of its own."""
import re
import select
import socket

# What the bridge may send and somewhat more.
_LARGEST = 70000


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class UdpWire:
    name = "UDP"

    def __init__(self, host, port, bound=None):
        """`bound`: a socket that is there already, of another network namespace say."""
        self._socket = bound or socket.socket(family(host), socket.SOCK_DGRAM)
        if not bound:
            self._socket.bind((host, port))
        self.port = self._socket.getsockname()[1]

    def send(self, data, to):
        self._socket.sendto(data, to)

    def receive(self, seconds):
        """(bytes, source) of one message, or None."""
        if not select.select([self._socket], [], [], seconds)[0]:
            return None
        try:
            data, source = self._socket.recvfrom(_LARGEST)
        except OSError:  # an ICMP error to what was sent
            return None
        return data, source[:2]

    def close(self):
        self._socket.close()


class TcpWire:
    """A source is the connection that a message came by; sending to an address uses the connection there, or makes one."""
    name = "TCP"

    def __init__(self, host, port):
        self._host = host
        self._listener = socket.create_server((host, port), family=family(host))
        self.port = self._listener.getsockname()[1]
        self._buffers = {}  # connection: bytes
        self._dialled = {}  # address: connection
        self.accepted = 0

    def send(self, data, to):
        self.connection(to).sendall(data)

    def connection(self, to):
        if isinstance(to, socket.socket):
            return to
        if self._dialled.get(to) not in self._buffers:
            self._dialled[to] = socket.create_connection(to, 10, source_address=(self._host, 0))
            self._buffers[self._dialled[to]] = b""
        return self._dialled[to]

    def receive(self, seconds):
        found = self._cut()
        if found:
            return found
        ready = select.select([self._listener, *self._buffers], [], [], seconds)[0]
        for one in ready:
            if one is self._listener:
                self._buffers[self._listener.accept()[0]] = b""
                self.accepted += 1
                continue
            try:
                data = one.recv(65536)
            except OSError:
                data = b""
            if data:
                self._buffers[one] += data
            else:
                self._drop(one)
        return self._cut()

    def drop_all(self):
        for one in list(self._buffers):
            self._drop(one)

    def _cut(self):
        """The first whole message in a buffer; pings are answered on the way."""
        for one, buffer in self._buffers.items():
            while buffer.startswith(b"\r\n"):
                if buffer.startswith(b"\r\n\r\n"):
                    one.sendall(b"\r\n")
                    buffer = buffer[2:]
                buffer = buffer[2:]
            self._buffers[one] = buffer
            head, separator, body = buffer.partition(b"\r\n\r\n")
            length = re.search(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d+)", head, re.I | re.M)
            if separator and length and len(body) >= int(length[1]):
                size = len(head) + 4 + int(length[1])
                self._buffers[one] = buffer[size:]
                return buffer[:size], one
        return None

    def _drop(self, one):
        self._buffers.pop(one, None)
        one.close()

    def close(self):
        self.drop_all()
        self._listener.close()
