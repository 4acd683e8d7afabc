"""Two phones with a sipveil each, and nothing between them but a network: what a call costs without proxies.

  SIPp A - phone-a ---- Tor or I2P ---- phone-b - SIPp B
"""
import dataclasses
import pathlib

from callrun import settings
from trapezoid import keyring, phone, places
from trapezoid.bed import ALICE, BOB, INNER_OF_PHONE, Options
from trapezoid.sipveil import Sipveil
from trapezoid.two_phones import TwoPhones


class Pair(TwoPhones):
    """alice calls bob. `overlay`: how the sipveils use the network, see overlays.py. `options`: identity, wire, standby and log_level
    count."""

    def __init__(self, binary, folder, options=Options(), overlay=None):
        self.options, self.folder, self._overlay = options, pathlib.Path(folder), overlay
        self._place = places.KINDS[options.wire](self.folder)
        self.parts = {name: Sipveil(name, self._place, name, self.folder / name, binary) for name in ("phone-a", "phone-b")}
        # No home proxy stands between them, so the caller is sealed to the callee's domain as well: the one that can open the name.
        self._identity = options.identity and dataclasses.replace(options.identity, caller_known_to="callee-home")
        self.alice, self.bob = (
            phone.Phone(self._place, part.id, user, f"{part.host}:{INNER_OF_PHONE}", self.folder / f"sipp-{user.name}")
            for part, user in zip(self.parts.values(), (ALICE, BOB)))

    def start(self, report=lambda sentence: None):
        """Everything runs when it returns, and bob can be called; after a failure nothing does."""
        a, b = self.parts.values()
        try:
            keyring.make({BOB.domain: b}, {ALICE.address: a}, self._identity)
            known = self._overlay.open(self, self.folder)
            b.configure(self._settings(b, "proxy" if self._identity else "phone",
                                       domains=[BOB.domain] if self._identity else None,
                                       tunnel_listen=None if self._named(b) else self.tunnel_address(b.id),
                                       **(self._overlay.inward(b.id, b.folder / "onion.sock") if self._named(b) else {})))
            b.start()
            if self._named(b):
                b.wait_reachable(self._overlay.network, report)
            address = known.get(b.id) or b.address(self._overlay.network)
            a.configure(self._settings(a, "phone", peers=[self._overlay.peer(a.id, "b", address, [BOB.domain])]))
            a.start()
        except BaseException:
            self.stop()
            raise
        return self

    def _named(self, part):
        return bool(self._overlay.named([part.id]))

    def _settings(self, part, role, **more):
        return settings.Settings(
            f"{part.host}:{INNER_OF_PHONE}", f"{part.host}:{phone.CALLEE_PORT}", role, identity=self._identity,
            keys_dir=str(part.keys_dir) if self._identity else None, standby=self.options.standby,
            log_level=self.options.log_level, **{**self._overlay.outward(part.id), **more})
