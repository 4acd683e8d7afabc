"""Everything that goes over the network interfaces of some namespaces, into one pcap file."""
import contextlib
import selectors
import socket
import struct
import threading
import time

_OUTGOING = 4            # PACKET_OUTGOING of packet(7)
_IPV4, _IPV6 = 0x0800, 0x86DD
_LINKTYPE_RAW = 101
_SOL_PACKET, _STATISTICS = 263, 6
_LARGEST = 1 << 17


class LiveCapture:
    """Writes from the start to stop(). `sockets`: packet sockets, one for each namespace. `wanted(addresses)` may leave packets
    out by their (source, target), for interfaces that are shared with others."""

    def __init__(self, sockets, file, wanted=lambda source, target: True):
        self._sockets, self._wanted = sockets, wanted
        self._file = open(file, "wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _LARGEST, _LINKTYPE_RAW))
        self.packets = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def settle(self, silence=0.25, patience=5.0):
        """Returns when no packet has come for `silence` seconds."""
        deadline, seen, since = time.monotonic() + patience, self.packets, time.monotonic()
        while time.monotonic() < min(deadline, since + silence):
            time.sleep(0.02)
            if self.packets != seen:
                seen, since = self.packets, time.monotonic()

    def stop(self):
        """Returns how many packets were lost because we were too slow. A second call does nothing."""
        if self._stopping.is_set():
            return 0
        self._stopping.set()
        self._thread.join()
        lost = 0
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                lost += struct.unpack("II", sock.getsockopt(_SOL_PACKET, _STATISTICS, 8))[1]
            sock.close()
        self._file.close()
        return lost

    def _read(self):
        with selectors.DefaultSelector() as selector:
            for sock in self._sockets:
                sock.setblocking(False)
                selector.register(sock, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in selector.select(0.1):
                    self._drain(key.fileobj)
            for sock in self._sockets:  # what came before the end was asked for
                self._drain(sock)

    def _drain(self, sock):
        with contextlib.suppress(BlockingIOError):
            while True:
                data, (interface, protocol, kind, _, _) = sock.recvfrom(_LARGEST)
                # Each packet once: on the loopback interface as it comes in, elsewhere as it goes out.
                if protocol in (_IPV4, _IPV6) and (kind == _OUTGOING) != (interface == "lo") and self._wanted(*_addresses(data)):
                    self._write(data)

    def _write(self, data):
        now = time.time()
        self._file.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(data), len(data)) + data)
        self.packets += 1


def _addresses(data):
    if len(data) >= 20 and data[0] >> 4 == 4:
        return socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20])
    return "", ""
