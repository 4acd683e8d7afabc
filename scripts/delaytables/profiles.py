"""Profiles of the network between the nodes: how long packets wait, how much that varies, how many are lost. Each is a file of
profiles/; another one is another file. No value depends on what is measured."""
import dataclasses
import pathlib
import tomllib

from callrun.errors import RunError
from labnet.delays import HopDelay
from labnet.errors import LabError

_FOLDER = pathlib.Path(__file__).resolve().parent / "profiles"
_TEXTS = ("description", "source")
_NUMBERS = ("jitter_ms", "loss_percent", "lan_delay_ms")
_MOST_LAN_MS = 100.0
_LARGEST_FILE = 16_384  # of a few lines


@dataclasses.dataclass(frozen=True)
class Profile:
    """hop_delay: the access delay of relays and routers, with jitter, loss and the seed. lan_delay_ms: one way, between a phone and its
    proxy. source: where the figures are from and what they stand for."""
    name: str
    description: str
    hop_delay: HopDelay
    lan_delay_ms: float
    source: str

    def facts(self):
        """For run.json."""
        return {"name": self.name, "description": self.description, "relay_delay_ms": str(self.hop_delay), "jitter_ms": self.hop_delay.jitter_ms,
                "loss_percent": self.hop_delay.loss_percent, "lan_delay_ms": self.lan_delay_ms, "source": self.source}


def names():
    """Of those that come with the program."""
    return sorted(file.stem for file in _FOLDER.glob("*.toml"))


def load(name, seed=1):
    """The Profile of that name, or in that file: what ends in .toml or has a '/'. `seed`: which relay gets which delay, and which packets
    are late or lost. RunError if there is none or a value is none of its kind."""
    own = str(name).endswith(".toml") or "/" in str(name)
    file = pathlib.Path(name) if own else _FOLDER / f"{name}.toml"
    if not own and str(name) not in names():
        raise RunError(f"no profile {str(name)!r}; there are {', '.join(names())}, or give a file: ./NAME.toml")
    try:
        with open(file, "rb") as opened:
            text = opened.read(_LARGEST_FILE + 1)
        if len(text) > _LARGEST_FILE:
            raise RunError(f"profile {file}: longer than {_LARGEST_FILE} bytes")
        return _profile(file.stem, tomllib.loads(text.decode("utf-8")), seed)
    except OSError as error:
        raise RunError(f"profile {file}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, LabError, _Wrong) as error:
        raise RunError(f"profile {file}: {error}") from error


class _Wrong(Exception):
    """A value that is none of its kind."""


def _profile(name, values, seed):
    known = (*_TEXTS, "relay_delay_ms", *_NUMBERS)
    for key in (*(key for key in values if key not in known), *(key for key in known if key not in values)):
        raise _Wrong(f"{key!r} is missing" if key in known else f"{key!r} is unknown; there are {', '.join(known)}")
    for key in _TEXTS:
        if not isinstance(values[key], str) or not values[key].strip():
            raise _Wrong(f"{key} is to be a text")
    for key in _NUMBERS:
        if not _is_number(values[key]):
            raise _Wrong(f"{key} is to be a number")
    delay = values["relay_delay_ms"]
    if not _is_number(delay) and not isinstance(delay, str):
        raise _Wrong("relay_delay_ms is to be a number of ms or \"LOW-HIGH\"")
    if not 0 <= values["lan_delay_ms"] <= _MOST_LAN_MS:
        raise _Wrong(f"lan_delay_ms is to be from 0 to {_MOST_LAN_MS:g}")
    hop_delay = dataclasses.replace(HopDelay.of(delay), seed=seed, jitter_ms=float(values["jitter_ms"]), loss_percent=float(values["loss_percent"]))
    return Profile(name, " ".join(values["description"].split()), hop_delay, float(values["lan_delay_ms"]), " ".join(values["source"].split()))


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
