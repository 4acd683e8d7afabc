"""Where a scenario plays: an own loopback address and folder, and what was started there, ended at the end."""
import contextlib
import pathlib
import random
import socket
import tempfile

from bridge import Bridge
from phone import Phone

# Ports are the same in every scenario, since each has an address of its own.
A_INNER, B_INNER, B_TUNNEL, ALICE, BOB, EXTRA = 15060, 15070, 16060, 15062, 15072, 15080

# Above what scripts/labnet takes (127.64.0.0 and up).
_FIRST_OCTETS = range(160, 224)


def free_address():
    while True:
        host = f"127.{random.choice(_FIRST_OCTETS)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        with contextlib.suppress(OSError), socket.create_server((host, A_INNER)):
            return host


class Place:
    """`labs`: a SharedLab by the name of its network. `drills`: a DrillGround by what scripts/drill --network takes."""

    def __init__(self, binary, labs=None, drills=None):
        self.binary = binary
        self.host = free_address()
        self.alice_host = free_address()  # nothing else has it, so that it can be told where it gets to
        self._labs, self._drills = labs or {}, drills or {}
        self._bridges = []
        self.logs = ""  # of all bridges, after close()
        self._stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="sipveil-f-")))

    @property
    def tor(self):
        """The private Tor network, up."""
        return self._labs["tor"].get()

    @property
    def i2p(self):
        """The private I2P network, up."""
        return self._labs["i2p"].get()

    def drill(self, name, network="tor"):
        """Plays one (DrillGround.play)."""
        return self._drills[network].play(name)

    def own(self, thing):
        """thing.close() at the end."""
        return self._stack.enter_context(contextlib.closing(thing))

    def enter(self, context):
        """What `context` gives; it is left at the end."""
        return self._stack.enter_context(context)

    def bridge(self, name, config, within=lambda command: command):
        """Not started yet. @STATE@ in the configuration is its state directory."""
        one = Bridge(self.binary, self.folder, name, config, within)
        self._bridges.append(one)
        return one

    def phone(self, port, inner, user, transport="udp", host=None, bound=None):
        """inner: the port of its bridge; None: it has none."""
        host = host or self.host
        return self.own(Phone(host, port, (host, inner) if inner else None, user, transport, bound))

    def alice(self, transport="udp"):
        return self.own(Phone(self.alice_host, ALICE, (self.host, A_INNER), "alice", transport))

    def bob(self, transport="udp", bound=None):
        """bound: see UdpWire."""
        return self.phone(BOB, B_INNER, "bob", transport, bound=bound)

    def close(self):
        """Ends everything; raises what was wrong with the end of a bridge."""
        for one in self._bridges:
            one.ask_to_end()
        with self._stack:
            with contextlib.ExitStack() as judged:
                judged.callback(self._keep_logs)
                for one in self._bridges:
                    judged.callback(one.finish)

    def _keep_logs(self):
        self.logs = "".join(f"--- log of {one.name}\n{one.log()[-4000:]}" for one in self._bridges)
