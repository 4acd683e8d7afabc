"""Reading capture files: pcap and pcapng, either byte order, one packet after the other."""
import dataclasses
import struct

from leakaudit.errors import AuditError

# tcpdump's own bound of a packet is 256 KiB; a block of pcapng holds one packet and its options.
_LARGEST = 1 << 20
_PCAP = {b"\xd4\xc3\xb2\xa1": ("<", 1e-6), b"\xa1\xb2\xc3\xd4": (">", 1e-6), b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
         b"\xa1\xb2\x3c\x4d": (">", 1e-9)}
_SECTION, _INTERFACE, _PACKET_OLD, _PACKET_SIMPLE, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_ORDER = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_RESOLUTION_OPTION = 9


@dataclasses.dataclass(frozen=True)
class Frame:
    number: int      # as wireshark counts: the first is 1
    time: float      # seconds since 1970; 0 if the file does not say
    link_type: int   # LINKTYPE_ of https://www.tcpdump.org/linktypes.html
    data: bytes
    missing: int     # bytes of the packet that were not captured


def read(path):
    """Yields every Frame. AuditError if the file is neither pcap nor pcapng, or is damaged; a file that was cut within its last
    packet, as a killed tcpdump leaves it, ends there."""
    with open(path, "rb") as file:
        magic = file.read(4)
        if magic in _PCAP:
            yield from _pcap(path, file, *_PCAP[magic])
        elif magic == _SECTION.to_bytes(4, "big"):
            yield from _pcapng(path, file)
        else:
            raise AuditError(f"{path} is no capture: it begins with {magic.hex() or 'nothing'}, neither as pcap nor as pcapng")


def _pcap(path, file, order, unit):
    head = file.read(20)
    if len(head) < 20:
        return
    link_type = struct.unpack(order + "HHiIII", head)[5] & 0xFFFF
    number = 0
    while len(record := file.read(16)) == 16:
        seconds, fraction, size, original = struct.unpack(order + "IIII", record)
        number += 1
        data = _exactly(path, file, size, number)
        if data is None:
            return
        yield Frame(number, seconds + fraction * unit, link_type, data, max(0, original - size))


def _pcapng(path, file):
    order, interfaces, number = None, [], 0
    kind = _SECTION.to_bytes(4, "big")
    while len(kind) == 4 and len(size := file.read(4)) == 4:
        if kind == _SECTION.to_bytes(4, "big"):  # reads the same in either order
            order = _ORDER.get(mark := file.read(4))
            if order is None:
                raise AuditError(f"{path}: a section begins with byte order mark {mark.hex() or 'nothing'}")
            interfaces = []
            body = _exactly(path, file, struct.unpack(order + "I", size)[0] - 12, number)
        else:
            body = _exactly(path, file, struct.unpack(order + "I", size)[0] - 8, number)
        if body is None:
            return
        block = struct.unpack(order + "I", kind)[0]
        if block == _INTERFACE:
            interfaces.append(_interface(order, body))
        frame = _packet(path, order, block, body, interfaces, number + 1)
        if frame:
            number += 1
            yield frame
        kind = file.read(4)


def _packet(path, order, block, body, interfaces, number):
    """The Frame of a block's `body` (the length that ends the block included), None if it holds no packet."""
    try:
        if block == _PACKET:
            interface, high, low, size, original = struct.unpack_from(order + "IIIII", body)
            start = 20
        elif block == _PACKET_OLD:
            interface, _, high, low, size, original = struct.unpack_from(order + "HHIIII", body)
            start = 20
        elif block == _PACKET_SIMPLE:
            (original,) = struct.unpack_from(order + "I", body)
            interface, high, low, start = 0, 0, 0, 4
            size = min(original, interfaces[0].snap_length or original, len(body) - 8)
        else:
            return None
        found = interfaces[interface]
    except (struct.error, IndexError) as error:
        raise AuditError(f"{path}: the block of packet {number} is damaged: {error}") from error
    data = body[start:start + size]
    return Frame(number, (high << 32 | low) * found.unit, found.link_type, data, max(0, original - len(data)))


@dataclasses.dataclass(frozen=True)
class _Interface:
    link_type: int
    snap_length: int
    unit: float  # seconds of one tick of its time stamps


def _interface(order, body):
    link_type, _, snap_length = struct.unpack_from(order + "HHI", body)
    unit, offset = 1e-6, 8
    while offset + 4 <= len(body) - 4:
        option, size = struct.unpack_from(order + "HH", body, offset)
        if option == _RESOLUTION_OPTION and size == 1:
            exponent = body[offset + 4]
            unit = 2.0 ** -(exponent & 0x7F) if exponent & 0x80 else 10.0 ** -exponent
        if option == 0:
            break
        offset += 4 + (size + 3) // 4 * 4
    return _Interface(link_type, snap_length, unit)


def _exactly(path, file, size, number):
    """`size` bytes, or None at the end of a cut file."""
    if not 0 <= size <= _LARGEST:
        raise AuditError(f"{path} is damaged near packet {number}: it says that {size} bytes follow")
    data = file.read(size)
    return data if len(data) == size else None
