"""The trapezoid as the audit needs it: a callee with two phones and a third user beside him, links that can be captured."""
from callrun import settings
from callrun.errors import RunError
from labnet import topology
from trapezoid import kamailio, keyring, phone, places
from trapezoid.bed import INNER_OF_PHONE, Trapezoid
from trapezoid.two_phones import TUNNEL

CALLER_PORT = CALLEE_PORT = phone.CALLEE_PORT
SECOND_PORT, THIRD_PORT = 5064, 5066
_ONION_PORT = 5092  # where tor hands over to a sipveil: TCP, because a Unix socket cannot be captured


class AuditBed(Trapezoid):
    """`more_users`: {side: [User]} beside alice and bob; `network` and `users` as for a Trapezoid."""

    def __init__(self, binary, folder, options, more_users, network=None, users=None):
        self._more_users, self._lab = more_users, network.lab if network else None
        super().__init__(binary, folder, options, network, users)

    def proxy_of_phone(self, side):
        """(host, port) of the sipveil that a phone talks to; of its Kamailio if there is none."""
        if self.options.without_sipveil:
            return self.host(f"proxy-{side}"), kamailio.PORT
        return self.host(f"phone-{side}"), INNER_OF_PHONE

    def wait_ready(self):
        """Until the next call can go out at once, if that takes a while in this network."""

    def sipveils(self):
        return [part for name, part in self.parts.items() if name in ("phone-a", "phone-b", "sipveil-a", "sipveil-b")]

    def addresses(self):
        """Of everything that belongs to this run."""
        tors = self._lab.status()["nodes"].values() if self._lab else ()
        return [self.host(node) for node in places.NODES] + [node["address"] for node in tors]

    def kamailio(self, side):
        return self.parts[f"kamailio-{side}"]

    def pseudonyms(self):
        """{User: by which name its proxy knows it}, for the view that has them."""
        identity = self.options.identity
        if not identity or identity.view != "pseudonym":
            return {}
        return {user: keyring.pseudonym(self.parts[f"sipveil-{side}"], user.address)
                for side, one in self._users().items() for user in [one, *self._more_users.get(side, [])]}

    def place_of(self, source, target):
        """The vantage point where a flow between two endpoints belongs, with sides: "phone-a", "link-a", "proxy-a", "tunnel",
        "links" where it cannot be told which, "elsewhere"."""
        sides = self._side_of(source), self._side_of(target)
        known = [one for one in sides if one]
        ports = {source.port, target.port}
        if self.options.network == "tor":
            through_tor = self._tor_link(source, target)
            if through_tor:
                return through_tor
        if len(known) < 2:  # on loopback a TCP connection comes from 127.0.0.1
            return "links" if TUNNEL in ports and known else "elsewhere"
        (kind, side), (other_kind, other_side) = sides
        if kind == other_kind == "phone":
            return f"phone-{side}" if side == other_side else "elsewhere"
        if kind == other_kind == "proxy":
            if side != other_side:
                return "tunnel"
            return f"proxy-{side}" if kamailio.PORT in ports else "elsewhere"
        return f"link-{side}" if side == other_side else "tunnel"

    def _side_of(self, endpoint):
        for kind in ("phone", "proxy"):
            for side in "ab":
                if endpoint.address == self.host(f"{kind}-{side}"):
                    return kind, side
        return None

    def _tor_link(self, source, target):
        for endpoint in (source, target):
            if endpoint.port == _ONION_PORT:
                return "links"
            if endpoint.port == topology.SOCKS_PORT:
                return "tunnel" if endpoint.address == self._socks_host("sipveil-a") else "links"
        return None

    def _socks_host(self, name):
        return self._lab.status()["nodes"][self._users_of_lab.get(name, name)]["address"]

    # --- what differs from the trapezoid of the tests ---

    def _write_keys(self):
        super()._write_keys()
        identity = self.options.identity
        if not identity or identity.caller_known_to != "callee":
            return
        for side, users in self._more_users.items():
            own, other = self.parts[f"phone-{side}"], self.parts["phone-b" if side == "a" else "phone-a"]
            for user in users:
                own.keys("generate", user.address, "--algorithm", identity.key_kind)
                for one in (own, other):  # two users of one sipveil call each other, too
                    keyring.pin(user.address, own, one)
            keyring.pin(self._users()[side].address, own, own)

    def _add_subscribers(self):
        super()._add_subscribers()
        names = self.pseudonyms()
        for side, users in self._more_users.items():
            for user in users:
                self.kamailio(side).add_subscriber(kamailio.Subscriber(user.name, user.domain, user.password, names.get(user)))

    def _sidecar_settings(self, side, other, onions):
        made = super()._sidecar_settings(side, other, onions)
        if made.subscribers_file:
            one = self.parts[f"sipveil-{side}"]
            users = [self._users()[side], *self._more_users.get(side, [])]
            made.subscribers_file = one.write_secret("subscribers", "".join(
                f"{user.name}:{user.domain}:{kamailio.Subscriber(user.name, user.domain, user.password).ha1}\n" for user in users))
        return made

    def _phone_settings(self, side, other, onions):
        made = super()._phone_settings(side, other, onions)
        one = self.parts[f"phone-{side}"]
        if made.accounts:
            made.accounts += [settings.Account(user.address, side, one.write_secret(f"password-{number}", user.password + "\n"))
                              for number, user in enumerate(self._more_users.get(side, []))]
        return made

    def _common(self, one):
        common = super()._common(one)
        if "tor_socks" in common:
            common["tor_socks"] = f"{self._socks_host(one.id)}:{topology.SOCKS_PORT}"
        if "onion_listen" in common:
            common["onion_listen"] = f"{one.host}:{_ONION_PORT}"
        return common


def namespaces_available(folder):
    """Whether this user may have network namespaces here; `folder` is used for a moment."""
    try:
        places.Namespaces(folder).close()
        return True
    except RunError:
        return False


def user_of(person):
    """A Person as the trapezoid names users."""
    return phone.User(person.user, person.domain, person.password, person.display)


def identity_text(identity):
    """How a run is called in reports."""
    if identity is None:
        return "none"
    return " ".join([identity.scheme, identity.algorithm, f"view {identity.view}", f"known to {identity.caller_known_to}"]
                    + (["hidden domains"] if identity.hide_domain else []))
