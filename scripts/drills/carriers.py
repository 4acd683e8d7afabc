"""Which relays carry a call, by the control port of the caller's tor."""
import dataclasses
import re

from callrun.calls import digest

_FIELD = re.compile(r' ([A-Z_]+)=("(?:[^"\\]|\\.)*"|\S*)')
# Circuits that carry streams, as opposed to those that fetch descriptors or introduce.
_CARRYING = ("GENERAL", "HS_CLIENT_REND")


@dataclasses.dataclass(frozen=True)
class Carrier:
    """A circuit with a SOCKS credential. path: names of relays, from the guard on."""
    number: int
    purpose: str
    credential: str  # as `sipveil status --json` names it
    path: tuple


def carriers(circuit_status):
    """Of what GETINFO circuit-status says (control-spec 4.1.1)."""
    found = []
    for line in circuit_status.splitlines():
        words = line.split(" ")
        if len(words) < 3 or words[1] != "BUILT":
            continue
        fields = {name: value.strip('"') for name, value in _FIELD.findall(line)}
        if fields.get("PURPOSE") in _CARRYING and "SOCKS_PASSWORD" in fields:
            credential = digest(f"{fields.get('SOCKS_USERNAME', '')}:{fields['SOCKS_PASSWORD']}")
            found.append(Carrier(int(words[0]), fields["PURPOSE"], credential, _path(words[2])))
    return found


def carrier_of(circuit_status, credential):
    """The circuit of a call by the credential that the bridge tells of it; None if there is none. The newest, if tor built several."""
    fitting = [one for one in carriers(circuit_status) if one.credential == credential]
    return max(fitting, key=lambda one: one.number, default=None)


def introductions(circuit_status):
    """Paths of an onion service's circuits to its introduction points."""
    lines = [line.split(" ") for line in circuit_status.splitlines() if " PURPOSE=HS_SERVICE_INTRO" in line and " BUILT $" in line]
    return [_path(words[2]) for words in lines]


def _path(text):
    """Names of the relays of "$FINGERPRINT~name,..."."""
    return tuple(hop.partition("~")[2] for hop in text.split(","))
