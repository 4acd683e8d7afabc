"""For what a sipveil may have sockets when everything else goes by I2P."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Ends:
    """Of a sipveil's connections, "HOST:PORT" or a path; "" for what it does not have. `inner`, `lan`: where it listens for its phone
    side and for a LAN; `beside`, `home`: what it connects to, the phone or proxy on its machine and its proxy's sipveil on the LAN."""
    inner: str
    beside: str
    status: str
    sam: str = ""
    lan: str = ""
    home: str = ""


def purpose(held, ends):
    """What a held_sockets.Held is for, as a few words; "" for nothing that it should do."""
    if held.kind == "unix":
        return "SAM of its own router" if held.remote and held.remote == ends.sam else "status" if held.local == ends.status else ""
    if held.kind == "udp":
        return "phone side" if held.local == ends.inner and not held.remote else ""
    if held.kind == "tcp":
        if held.local == ends.inner or held.remote == ends.beside:
            return "phone side"
        if held.local == ends.lan or held.remote and held.remote == ends.home:
            return "LAN"
    return ""
