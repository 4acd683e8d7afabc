"""What a frame carries: link layer, IPv4 and IPv6 with their fragments, UDP and TCP.

Nothing is passed over: what is not understood comes out as a Datagram of protocol "frame" or "ip-N", so that it is searched too.
"""
import collections
import dataclasses
import ipaddress
import struct

_MOST_FRAGMENTED = 1024  # packets waiting for their other fragments; the oldest goes out as it is
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN = (0x8100, 0x88A8, 0x9100)
_EXTENSIONS = (0, 43, 60)  # hop-by-hop, routing, destination options (RFC 8200)
_FRAGMENT, _TCP, _UDP, _ICMP = 44, 6, 17, 1
_ICMP_ERRORS = (3, 4, 5, 11, 12)  # they quote the head of the packet that they are about (RFC 792)
SYN, FIN, RST = 2, 1, 4


@dataclasses.dataclass(frozen=True)
class Endpoint:
    address: str
    port: int

    def __str__(self):
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclasses.dataclass(frozen=True)
class Datagram:
    """The payload of one packet. For TCP `sequence` is that of its first byte, `flags` the low byte of the flags."""
    frame: int
    time: float
    protocol: str
    source: Endpoint
    target: Endpoint
    payload: bytes
    sequence: int = 0
    flags: int = 0


_NOBODY = Endpoint("", 0)


class Dissector:
    """Takes frames in their order. `cut` counts the frames of which bytes are missing in the capture."""

    def __init__(self):
        self.frames = 0
        self.cut = 0
        self._fragments = collections.OrderedDict()

    def feed(self, frame):
        """The Datagrams that are whole with this frame."""
        self.frames += 1
        self.cut += frame.missing > 0
        try:
            kind, data = _network_layer(frame)
            if kind == _IPV4:
                return self._ipv4(frame, data)
            if kind == _IPV6:
                return self._ipv6(frame, data)
        except (struct.error, IndexError, ValueError):
            pass
        return [Datagram(frame.number, frame.time, "frame", _NOBODY, _NOBODY, frame.data)]

    def rest(self):
        """What still waits for fragments that never came."""
        left = [datagram for parts in self._fragments.values() for datagram in parts.as_they_are()]
        self._fragments.clear()
        return left

    def _ipv4(self, frame, data):
        head = (data[0] & 15) * 4
        total, identification, fragment, _, protocol = struct.unpack_from("!HHHBB", data, 2)
        if data[0] >> 4 != 4 or head < 20:
            raise ValueError("no IPv4 packet")
        source, target = (str(ipaddress.IPv4Address(data[at:at + 4])) for at in (12, 16))
        payload = data[head:total or len(data)]  # 0: the network card was to fill it in
        if fragment & 0x3FFF:
            key = (source, target, identification, protocol)
            return self._fragment(frame, key, (fragment & 0x1FFF) * 8, bool(fragment & 0x2000), payload)
        return [_transport(frame, source, target, protocol, payload)]

    def _ipv6(self, frame, data):
        size, protocol = struct.unpack_from("!HB", data, 4)
        if data[0] >> 4 != 6:
            raise ValueError("no IPv6 packet")
        source, target = (str(ipaddress.IPv6Address(data[at:at + 16])) for at in (8, 24))
        payload = data[40:40 + size] if size else data[40:]
        while protocol in _EXTENSIONS:
            protocol, payload = payload[0], payload[(payload[1] + 1) * 8:]
        if protocol == _FRAGMENT:
            protocol, offset, identification = struct.unpack_from("!BxHI", payload)
            key = (source, target, identification, protocol)
            return self._fragment(frame, key, offset & 0xFFF8, bool(offset & 1), payload[8:])
        return [_transport(frame, source, target, protocol, payload)]

    def _fragment(self, frame, key, offset, more, payload):
        parts = self._fragments.setdefault(key, _Fragments(frame, key))
        parts.add(offset, more, payload)
        whole = parts.whole()
        if whole is not None:
            del self._fragments[key]
            return [_transport(frame, key[0], key[1], key[3], whole)]
        if len(self._fragments) > _MOST_FRAGMENTED:
            return self._fragments.popitem(last=False)[1].as_they_are()
        return []


class _Fragments:
    def __init__(self, frame, key):
        self._frame, self._key = frame, key
        self._parts = {}
        self._size = None

    def add(self, offset, more, payload):
        self._parts[offset] = payload
        if not more:
            self._size = offset + len(payload)

    def whole(self):
        data = b""
        while self._size is not None and len(data) < self._size:
            part = self._parts.get(len(data))
            if not part:
                return None
            data += part
        return data if self._size is not None else None

    def as_they_are(self):
        source, target, _, protocol = self._key
        return [Datagram(self._frame.number, self._frame.time, f"ip-{protocol}", Endpoint(source, 0), Endpoint(target, 0), part)
                for part in self._parts.values()]


def _network_layer(frame):
    """(EtherType, what it carries); ValueError if the link layer is not one of those known here."""
    data = frame.data
    if frame.link_type == 1:  # Ethernet
        kind, data = struct.unpack_from("!H", data, 12)[0], data[14:]
        while kind in _VLAN:
            kind, data = struct.unpack_from("!H", data, 2)[0], data[4:]
        return kind, data
    if frame.link_type == 113:  # Linux "any"
        return struct.unpack_from("!H", data, 14)[0], data[16:]
    if frame.link_type == 276:  # the same, version 2
        return struct.unpack_from("!H", data, 0)[0], data[20:]
    if frame.link_type in (0, 108):  # BSD loopback: an address family in the order of the capturing or the network's bytes
        data = data[4:]
    elif frame.link_type not in (101, 12, 14, 228, 229):  # raw IP
        raise ValueError("unknown link layer")
    return (_IPV4 if data[0] >> 4 == 4 else _IPV6), data


def _transport(frame, source, target, protocol, data):
    if protocol == _UDP and len(data) >= 8:
        source_port, target_port, size = struct.unpack_from("!HHH", data)
        return Datagram(frame.number, frame.time, "udp", Endpoint(source, source_port), Endpoint(target, target_port),
                        data[8:size] if size >= 8 else data[8:])
    if protocol == _TCP and len(data) >= 20:
        source_port, target_port, sequence = struct.unpack_from("!HHI", data)
        return Datagram(frame.number, frame.time, "tcp", Endpoint(source, source_port), Endpoint(target, target_port),
                        data[(data[12] >> 4) * 4:], sequence, data[13])
    ends = Endpoint(source, 0), Endpoint(target, 0)
    if protocol == _ICMP and len(data) >= 8 + 28 and data[0] in _ICMP_ERRORS:
        ends = _quoted_ends(data[8:])
    return Datagram(frame.number, frame.time, "icmp" if protocol == _ICMP else f"ip-{protocol}", *ends, data)


def _quoted_ends(packet):
    """Whose packet an ICMP error quotes: what stands in it belongs there."""
    ports = struct.unpack_from("!HH", packet, (packet[0] & 15) * 4) if packet[9] in (_TCP, _UDP) else (0, 0)
    return tuple(Endpoint(str(ipaddress.IPv4Address(packet[at:at + 4])), port) for at, port in zip((12, 16), ports))
