"""Two bridges that reach each other by a fake I2P (fake_sam.py), each with a router of its own."""
import re

import fake_sam
from configs import head
from place import A_INNER, B_INNER, BOB, EXTRA

A_ROUTER, B_ROUTER = EXTRA, EXTRA + 1
_NAME = re.compile(r"i2p destination: others reach this bridge at i2p:([a-z2-7]{52}\.b32\.i2p)")


class Pair:
    """bob takes calls at a destination; alice dials it. `standby`: nothing is opened ahead unless told otherwise, so that what is
    dialled is what the scenario asks for."""

    def __init__(self, place):
        self.place = place
        self.network = fake_sam.Network()
        self.router_a = self.open_router(A_ROUTER)
        self.router_b = self.open_router(B_ROUTER)
        self.a = self.b = self.name = None

    def open_router(self, port):
        return self.place.own(fake_sam.Router((self.place.host, port), self.network))

    def start_callee(self, destination="", name="b"):
        text = head(f"{self.place.host}:{B_INNER}", f"{self.place.host}:{BOB}")
        text += f'[i2p]\nsam = "{self.place.host}:{B_ROUTER}"\n[destination]\n{destination}'
        self.b = self.place.bridge(name, text).start()
        self.name = reached_at(self.b)
        return self.b

    def caller_config(self, peer="", route="", more="", standby="max = 0"):
        return (head(f"{self.place.host}:{A_INNER}", f"{self.place.host}:{EXTRA + 9}") + f"[standby]\n{standby}\n"
                + f'[i2p]\nsam = "{self.place.host}:{A_ROUTER}"\n{more}'
                + f'[[peer]]\nname = "bob"\naddress = "i2p:{self.name}"\n{peer}'
                + f'[[route]]\ndomain = "bob.example"\npeers = ["bob"]\n{route}')

    def start_caller(self, name="a", **config):
        self.a = self.place.bridge(name, self.caller_config(**config)).start()
        self.a.wait_log("i2p: the router answers")
        return self.a


def reached_at(bridge):
    """Waits until the bridge's destination is reachable: its name."""
    bridge.wait_log(lambda log: _NAME.search(log), "that its destination is reachable", seconds=30)
    return _NAME.search(bridge.log()).group(1)


def start(place, **config):
    """A Pair, both running."""
    pair = Pair(place)
    pair.start_callee()
    pair.start_caller(**config)
    return pair
