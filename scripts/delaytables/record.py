"""One call of a row, as calls.csv has it."""
import dataclasses

PARTS = ("circuit_s", "network_s", "proxies_s", "crypto_s", "bridge_s", "callee_s", "other_s")
_WHOLE, _TEXT = ("number", "complete", "answer", "moved"), ("row", "source", "credential")


@dataclasses.dataclass
class Call:
    """None: unknown, or not reached. Seconds, `started` since the epoch."""
    row: str = None
    number: int = None               # from 1, within the row
    started: float = None
    complete: int = 0                # 1: from INVITE to the end of BYE
    answer: int = None               # final status of the INVITE
    invite_to_180_s: float = None    # by the capture at the caller: the papers' measure
    timeline_s: float = None         # the same by the caller's sipveil
    phone_s: float = None            # the same by the log of the caller's phone
    setup_s: float = None            # from the very first message, authentication (or the opening of a connection) included
    circuit_s: float = None          # waiting for circuits or sessions
    network_s: float = None          # the legs' round trips
    proxies_s: float = None          # both Kamailios
    crypto_s: float = None           # sealing and opening names
    bridge_s: float = None           # the rest of the sipveils' own time
    callee_s: float = None           # the callee's phone
    other_s: float = None            # the rest: LAN, kernel, scheduling
    source: str = None               # of the link between the proxies (or phones): standby, built, shared
    moved: int = None                # how often it had to be repeated on another link
    credential: str = None           # digest of the isolation credential of that link

    def line(self):
        """The fields of its line."""
        return [_text(getattr(self, name)) for name in COLUMNS]

    @classmethod
    def of(cls, row):
        """From {column: text}. ValueError if a field is none of its kind."""
        return cls(**{name: _value(name, row[name]) for name in COLUMNS})


COLUMNS = tuple(field.name for field in dataclasses.fields(Call))


def _text(value):
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _value(name, text):
    if text == "":
        return None
    if name in _TEXT:
        return text
    return int(text) if name in _WHOLE else float(text)
