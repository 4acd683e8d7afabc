"""One call looked at from everywhere: what each station learns of it, and how large its INVITE is on the wire."""
import dataclasses
import re

from trapezoid.bed import Options, Trapezoid

_LOGGED = re.compile(r"request INVITE (?P<uri>\S+) from=(?P<caller>\S+) to=(?P<callee>\S+) "
                     r"display=(?P<display>.*) to-display=.* call-id=(?P<call_id>\S+) contact=")
_RECORD = re.compile(rb"-{20,} \S+ \S+\r?\n\w+ message (sent|received) [(\[](\d+)[^\n]*\n\r?\n")
_TOKEN = re.compile(r"[0-9A-Za-z]{24,}")


@dataclasses.dataclass(frozen=True)
class Station:
    name: str
    uri: str
    caller: str
    callee: str
    call_id: str
    size: int = None  # of the INVITE in bytes, where it was seen as a message


@dataclasses.dataclass(frozen=True)
class Look:
    stations: list

    @property
    def invite_bytes(self):
        """{name of the wire: size}, of the INVITE with credentials before the caller's proxy, without them behind it."""
        return {station.name: station.size for station in self.stations if station.name in WIRES}


LAN, TUNNEL = "LAN of alice", "tunnel between the proxies"
WIRES = (LAN, TUNNEL)


def at(binary, folder, identity):
    """Places a call from alice to bob on a direct network, where each wire can be read."""
    with Trapezoid(binary, folder, Options(identity=identity, tapped=True)) as bed:
        bed.start()
        bed.register()
        callee = bed.bob.take_calls(count=1)
        caller = bed.alice.place_call(bed.bob.user).finish()
        callee.finish()
        return Look([
            _of_message("alice's phone", _last_invite(_sipp_messages(caller.messages, "sent"))),
            _of_message(LAN, _last_invite(bed.parts["tap-a"].messages())),
            _of_log("Kamailio of a.example", bed.kamailio_a),
            _of_message(TUNNEL, _last_invite(bed.parts["tap-b"].messages())),
            _of_log("Kamailio of b.example", bed.kamailio_b),
            _of_message("bob's phone", _last_invite(_sipp_messages(callee.messages, "received"))),
        ])


def text(look):
    """A block for each station, long tokens shortened."""
    lines = []
    for station in look.stations:
        size = f", INVITE of {station.size} bytes" if station.size else ""
        lines += [f"{station.name}{size}", f"    to       {_short(station.uri)}", f"    From     {_short(station.caller)}",
                  f"    To       {_short(station.callee)}", f"    Call-ID  {_short(station.call_id)}"]
    return "\n".join(lines)


def _short(value):
    return _TOKEN.sub(lambda match: f"{match[0][:10]}..({len(match[0])})", value)


def _of_message(name, message):
    head = message.partition(b"\r\n\r\n")[0].decode(errors="replace")
    return Station(name, head.split(" ")[1], _header(head, "From|f"), _header(head, "To|t"), _header(head, "Call-ID|i"), len(message))


def _of_log(name, proxy):
    seen = [match for match in map(_LOGGED.search, proxy.messages()) if match]
    if not seen:
        return Station(name, *["nothing seen"] * 4)
    fields = seen[-1].groupdict()
    display = fields.pop("display")
    if display != "<null>":
        fields["caller"] = f"{display} <{fields['caller']}>"
    return Station(name, **fields)


def _header(head, names):
    found = re.search(rf"^(?:{names})[ \t]*:[ \t]*(.*?)\r?$", head, re.MULTILINE | re.IGNORECASE)
    return re.sub(r">;tag=.*", ">", found[1]) if found else "-"


def _last_invite(messages):
    """The last one that opens a dialog."""
    invites = [message for message in messages if message.startswith(b"INVITE ")]
    return invites[-1] if invites else b"INVITE nothing-seen SIP/2.0\r\n\r\n"


def _sipp_messages(file, direction):
    """What SIPp logged as "sent" or "received"."""
    data, position, found = file.read_bytes(), 0, []
    while record := _RECORD.search(data, position):
        position = record.end() + int(record[2])
        if record[1].decode() == direction:
            found.append(data[record.end():position])
    return found
