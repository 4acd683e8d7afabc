"""Capture files made by hand, for the tests of leakaudit."""
import ipaddress
import struct


def udp(source, target, payload):
    """An IP packet; `source` and `target` as (address, port)."""
    return ip(source[0], target[0], 17, struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload)


def tcp(source, target, sequence, payload=b"", flags=0x10):
    head = struct.pack("!HHIIBBHHH", source[1], target[1], sequence & 0xFFFFFFFF, 0, 5 << 4, flags, 65535, 0, 0)
    return ip(source[0], target[0], 6, head + payload)


def ip(source, target, protocol, payload, identification=1, fragment=0):
    source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if source.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + source.packed + target.packed + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), identification, fragment, 64, protocol, 0)
    return head + source.packed + target.packed + payload


def fragments(packet, size):
    """An IPv4 packet in fragments that carry `size` bytes each (a multiple of 8), in reverse order."""
    source, target = (str(ipaddress.IPv4Address(packet[at:at + 4])) for at in (12, 16))
    body = packet[20:]
    parts = [(at, body[at:at + size]) for at in range(0, len(body), size)]
    return [ip(source, target, packet[9], part, 77, at // 8 | (0x2000 if at + len(part) < len(body) else 0))
            for at, part in reversed(parts)]


def ethernet(packet, vlan=False):
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    return bytes(12) + (b"\x81\x00\x00\x05" if vlan else b"") + kind + packet


def pcap(file, packets, link_type=101, order="<", nanoseconds=False, missing=0):
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for number, packet in enumerate(packets):
        data += struct.pack(order + "IIII", 1000 + number, 0, len(packet), len(packet) + missing) + packet
    file.write_bytes(data)
    return file


def pcapng(file, packets, link_type=101, order="<", simple=False):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack(order + "I", 12 + len(body))
        return struct.pack(order + "I", kind) + size + body + size
    data = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    data += block(1, struct.pack(order + "HHI", link_type, 0, 0) + struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0))
    for number, packet in enumerate(packets):
        time = (1000 + number) * 10**9
        if simple:
            data += block(3, struct.pack(order + "I", len(packet)) + packet)
        else:
            data += block(6, struct.pack(order + "IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(packet), len(packet)) + packet)
    file.write_bytes(data)
    return file


def message(start="INVITE sip:bob@b.example SIP/2.0", extra="", body=b"", call_id="a1"):
    head = f"{start}\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n{extra}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
