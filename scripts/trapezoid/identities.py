"""How identities are sealed in a run: the schemes by name, and the [identity] and [[account]] sections that say so."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Identity:
    """The keys of [identity]; `key_kind`: what `sipveil keys generate` takes for it, None if nothing is generated."""
    scheme: str
    algorithm: str
    key_kind: str = None
    caller_known_to: str = "home"
    hide_domain: bool = False
    view: str = "real"


_KINDS = {"rsa": "rsa-2048", "ecies-x25519": "ecies-x25519", "ecies-p256": "ecies-p256"}


def _identity(scheme, algorithm):
    return Identity(scheme, algorithm, _KINDS.get(algorithm))


# None: plain SIP, without an [identity] section.
SCHEMES = {
    "sip": None,
    "privasip-1-aes": _identity("privasip-1", "aes"),
    "privasip-1-rsa": _identity("privasip-1", "rsa"),
    "privasip-1-ecies": _identity("privasip-1", "ecies-x25519"),
    "privasip-1-ecies-p256": _identity("privasip-1", "ecies-p256"),
    "privasip-2-rsa": _identity("privasip-2", "rsa"),
    "privasip-2-ecies": _identity("privasip-2", "ecies-x25519"),
    "privasip-2-ecies-p256": _identity("privasip-2", "ecies-p256"),
}
VIEWS = ("real", "pseudonym")


def named(scheme, **changes):
    """The Identity of a scheme with other values for some of its fields; None for "sip"."""
    identity = SCHEMES[scheme]
    return identity and dataclasses.replace(identity, **changes)
