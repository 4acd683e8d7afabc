"""The trapezoid of two domains on one machine: what runs where, in which order it starts, and what each is told of the others.

  SIPp A - phone-a ---- LAN ---- sipveil-a - Kamailio A - sipveil-a ---- Tor ---- sipveil-b - Kamailio B - sipveil-b ---- Tor ----
  phone-b - SIPp B

I2P may stand wherever it says Tor.
"""
import dataclasses
import pathlib

from callrun import settings, tap
from callrun.errors import RunError
from callrun.settings import Standby
from trapezoid import keyring, kamailio, overlays, phone, places
from trapezoid.identities import Identity
from trapezoid.program import Program
from trapezoid.sipveil import Sipveil
from trapezoid.two_phones import TUNNEL, TwoPhones

INNER_OF_PHONE, INNER_OF_PROXY, TAP = 5060, 5070, 5091
ALICE = phone.User("alice", "a.example", "secret of alice", "Alice")
BOB = phone.User("bob", "b.example", "secret of bob", "Bob")


@dataclasses.dataclass(frozen=True)
class Options:
    identity: Identity = None     # None: no [identity] section
    network: str = "direct"       # or the name of a callrun.network.Network: between the proxies, and to phone-b
    wire: str = "loopback"        # or "namespaces"
    without_sipveil: bool = False  # the Kamailios call each other, the phones talk to them
    tapped: bool = False          # with "direct": the links LAN and A to B are written down
    log_level: str = "info"
    alice: phone.User = ALICE
    bob: phone.User = BOB
    passwords_at_proxies: tuple = ()  # of (user name, password) where the proxy's is not the phone's
    standby: Standby = dataclasses.field(default_factory=Standby)  # of every sipveil
    lan_delay_ms: float = 0.0     # one way between phone-a and proxy-a, with namespaces
    one_way: bool = False         # through a network only alice calls: sipveil-a needs no name in it


class Tap(Program):
    """What goes over the links to one listener, see callrun/tap.py."""

    def __init__(self, identifier, place, node, folder, port, target):
        super().__init__(identifier, place, node, folder)
        self._port, self._target = port, target

    def command(self):
        return tap.command(f"{self.host}:{self._port}", f"{self.host}:{self._target}", self.folder)

    def ready(self):
        return self.listens(self._port, "tcp")

    def messages(self, suffix="out"):
        return tap.messages(self.folder, suffix)


class Trapezoid(TwoPhones):
    """`network`: the callrun.network.Network of that name, whose lab is up; `users` names the user of it for each sipveil. `overlay`: how
    it is used, if not by names for all."""

    def __init__(self, binary, folder, options=Options(), network=None, users=None, overlay=None):
        self.options, self.folder = options, pathlib.Path(folder)
        self._binary, self._network, self._users_of_lab = binary, network, users or {}
        self._overlay = overlay or overlays.ByName(network, users)
        self._place = places.KINDS[options.wire](self.folder, options.lan_delay_ms)
        self.parts = {}
        onward_a, onward_b = self._onward()
        self.kamailio_a = self._add(kamailio.Kamailio, "kamailio-a", "proxy-a", options.alice.domain, onward_a)
        self.kamailio_b = self._add(kamailio.Kamailio, "kamailio-b", "proxy-b", options.bob.domain, onward_b)
        if not options.without_sipveil:
            self._add_taps()
            for name, node in (("sipveil-a", "proxy-a"), ("sipveil-b", "proxy-b"), ("phone-a", "phone-a"), ("phone-b", "phone-b")):
                self._add(Sipveil, name, node, binary)
        self.alice, self.bob = self._phone("a", options.alice), self._phone("b", options.bob)

    # --- all of it ---

    def start(self, report=lambda sentence: None):
        """Everything runs when it returns; after a failure nothing does."""
        try:
            if not self.options.without_sipveil:
                self._write_keys()
                self._configure(self._all_addresses(report) if self._hidden() else {})
            self._add_subscribers()
            for part in self.parts.values():
                part.launch()
            for part in self.parts.values():
                part.wait(part.ready, "ready")
            report("every part runs")
            for name in self.reachable():
                self.parts[name].wait_reachable(self._network, report)
        except BaseException:
            self.stop()
            raise
        return self

    def status(self):
        """{id: {"node", "host", "pid", "status", "folder"}}."""
        return {name: {"node": part.node, "host": part.host, "pid": part.pid, "status": part.status(), "folder": str(part.folder)}
                for name, part in self.parts.items()}

    def register(self):
        """Both phones."""
        self.alice.register()
        self.bob.register()

    def host(self, node):
        return self._place.host(node)

    # --- what runs where ---

    def _add(self, kind, name, node, *arguments):
        self.parts[name] = kind(name, self._place, node, self.folder / name, *arguments)
        return self.parts[name]

    def _onward(self):
        """Where each Kamailio sends what is for the other domain."""
        if self.options.without_sipveil:
            return f"{self.host('proxy-b')}:{kamailio.PORT}", f"{self.host('proxy-a')}:{kamailio.PORT}"
        return f"{self.host('proxy-a')}:{INNER_OF_PROXY}", f"{self.host('proxy-b')}:{INNER_OF_PROXY}"

    def _add_taps(self):
        if self.options.tapped:
            for side in "ab":
                self._add(Tap, f"tap-{side}", f"proxy-{side}", TAP, TUNNEL)

    def _phone(self, side, user):
        proxy = (f"{self.host(f'proxy-{side}')}:{kamailio.PORT}" if self.options.without_sipveil
                 else f"{self.host(f'phone-{side}')}:{INNER_OF_PHONE}")
        return phone.Phone(self._place, f"phone-{side}", user, proxy, self.folder / f"sipp-{side}")

    def _sipveil(self, name):
        return self.parts[name]

    def _users(self):
        return {"a": self.options.alice, "b": self.options.bob}

    # --- what each is told ---

    def _write_keys(self):
        identity = self.options.identity
        sidecars = {user.domain: self._sipveil(f"sipveil-{side}") for side, user in self._users().items()}
        phones = {user.address: self._sipveil(f"phone-{side}") for side, user in self._users().items()}
        keyring.make(sidecars, phones, identity)

    def _add_subscribers(self):
        for side, user in self._users().items():
            known_as, password = None, dict(self.options.passwords_at_proxies).get(user.name, user.password)
            if self.options.identity and self.options.identity.view == "pseudonym":
                known_as = keyring.pseudonym(self._sipveil(f"sipveil-{side}"), user.address)
            self.parts[f"kamailio-{side}"].add_subscriber(
                kamailio.Subscriber(user.name, user.domain, password, known_as))

    def _configure(self, addresses):
        for side, other in (("a", "b"), ("b", "a")):
            self._sipveil(f"sipveil-{side}").configure(self._sidecar_settings(side, other, addresses))
            self._sipveil(f"phone-{side}").configure(self._phone_settings(side, other, addresses))

    def _sidecar_settings(self, side, other, addresses):
        user, one = self._users()[side], self._sipveil(f"sipveil-{side}")
        subscribers = None
        if self.options.identity and self.options.identity.algorithm == "aes":
            ha1 = kamailio.Subscriber(user.name, user.domain, user.password).ha1
            subscribers = one.write_secret("subscribers", f"{user.name}:{user.domain}:{ha1}\n")
        # Another side that has no address calls, and is not called.
        peers = [self._peer(one, other, self._tunnel_of(other, addresses), [self._users()[other].domain])] if (
            addresses is not None and self._tunnel_of(other, addresses)) else []
        listens = side == "a" or self.options.network == "direct" or one.id == self._overlay.fronted
        return settings.Settings(
            f"{one.host}:{INNER_OF_PROXY}", f"{one.host}:{kamailio.PORT}", "proxy", tunnel_listen=self.tunnel_address(one.id) if listens else None,
            peers=peers, domains=[user.domain], subscribers_file=subscribers, **self._common(one))

    def _phone_settings(self, side, other, addresses):
        user, one = self._users()[side], self._sipveil(f"phone-{side}")
        home_circuit = "shared" if side == "a" else "per-call"
        peers = [self._peer(one, side, self._home_of(side, addresses), ["*"], home_circuit)]
        identity = self.options.identity
        if identity and identity.caller_known_to != "home":  # such calls do not go by the caller's proxy
            peers.append(self._peer(one, other, self._tunnel_of(other, addresses), [self._users()[other].domain]))
        account = settings.Account(user.address, side, one.write_secret("password", user.password + "\n"))
        return settings.Settings(
            f"{one.host}:{INNER_OF_PHONE}", f"{one.host}:{phone.CALLEE_PORT}", peers=peers,
            accounts=[account], **self._common(one))

    def _common(self, one):
        common = {"identity": self.options.identity, "log_level": self.options.log_level, "standby": self.options.standby,
                  "keys_dir": str(one.keys_dir) if self.options.identity else None}
        if one.id in self._hidden():
            common |= self._overlay.outward(one.id)
        if one.id in self.reachable():
            common |= self._overlay.inward(one.id, one.folder / "onion.sock")
        return common

    def _peer(self, one, name, address, domains, circuit="per-call"):
        if address.startswith("tcp:"):
            return settings.Peer(name, address, domains, circuit)
        return self._overlay.peer(one.id, name, address, domains, circuit)

    def _hidden(self):
        """Those that use the network."""
        if self.options.network == "direct" or self.options.without_sipveil:
            return ()
        calls_directly = self.options.identity and self.options.identity.caller_known_to != "home"
        return ("sipveil-a", "sipveil-b", "phone-b", *(("phone-a",) if calls_directly else ()))

    def reachable(self):
        """Those that are reached by a name in the network."""
        calls_only = ("phone-a", "sipveil-a") if self.options.one_way else ("phone-a",)
        return self._overlay.named(name for name in self._hidden() if name not in calls_only)

    def _tunnel_of(self, side, addresses):
        """How another machine reaches the sipveil beside a Kamailio; None: it does not."""
        if addresses:
            return addresses.get(f"sipveil-{side}")
        return f"tcp:{self.host(f'proxy-{side}')}:{TAP if self.options.tapped else TUNNEL}"

    def _home_of(self, side, addresses):
        """How the phone of this side reaches it: alice by her LAN."""
        if side == "a":
            return f"tcp:{self.host('proxy-a')}:{TAP if self.options.tapped else TUNNEL}"
        return self._tunnel_of(side, addresses)

    def _all_addresses(self, report):
        return self._overlay.open(self, self.folder) or self._addresses(report)

    def _addresses(self, report):
        """The names of the proxies' sipveils in the network, which their state keeps: made here if that can be, else they are started for
        a moment."""
        names = [name for name in ("sipveil-a", "sipveil-b") if name in self.reachable()]
        made = {name: self._network.made_name(self._overlay.user(name), self._sipveil(name).state) for name in names}
        if all(made.values()):
            return made
        for name in names:
            self._sipveil(name).configure(self._sidecar_settings(name[-1], None, None))
            self._sipveil(name).launch()
        addresses = {name: self._sipveil(name).wait(lambda one=self._sipveil(name): one.address(self._network), "told its address", 60.0)
                     for name in names}
        if not self.options.one_way:  # else its settings are what they will be
            for name in names:
                if self._sipveil(name).stop() != 0:
                    raise RunError(f"{name} did not end well:\n{self._sipveil(name).log_text()[-2000:]}")
        report("the addresses are known")
        return addresses

