"""The ways in which calls go from one side to the other, each an entry below."""
import dataclasses

from callrun.paths import DESTINATION, EXIT, HTTP, ONION

PAPER, PHONES = "paper", "phones"  # topologies
# What two schemes tell of a way where four would tell no more.
_ENDS = ("sip", "privasip-2-ecies")


@dataclasses.dataclass(frozen=True)
class Way:
    """topologies: {topology: schemes that make sense there, None for every one}. What a call takes is only for the first estimate of
    the time that a run takes."""
    name: str
    network: str                     # whose lab
    title: str                       # after the scheme: "PrivaSIP-2 (RSA) over Tor"
    path: str                        # as callrun.paths calls it
    topologies: dict
    about: str                       # what is special about it, for the report
    standbys: tuple = (False, True)
    pause_s: tuple = (0.2, 3.0)      # after a call: fresh, standby; with the latter, links are opened meanwhile
    call_s: tuple = (2.1, 1.4)       # from the INVITE to the end of the call
    start_s: float = 15.0            # until its first call can go
    share: tuple = (1.0, 1.0)        # of --calls, where a call takes very long
    control: bool = True             # through tor: sipveil may use its control port

    def of(self, values, standby):
        """The one of a pair."""
        return values[1 if standby else 0]


WAYS = {way.name: way for way in (
    Way("tor-exit", "tor", "over Tor", EXIT, {PAPER: None, PHONES: ("sip",)},
        "the papers' way: a TLS server in front of the callee's proxy, reached through exits; the callee's phone by the link of its "
        "registration, one circuit for all calls of a row"),
    Way("tor-onion", "tor", "over Tor onion services", ONION, {PAPER: None, PHONES: _ENDS},
        "sipveil's own way: no exit; the callee's proxy and phone are onion services", call_s=(7.5, 2.6), share=(0.5, 1.0)),
    Way("orbot", "tor", "over a separate tor's SOCKS port", EXIT, {PAPER: _ENDS},
        "as tor-exit, by nothing but the SOCKS port of a tor that belongs to somebody else, as Orbot's", control=False),
    Way("torsocks", "tor", "by torsocks, without sipveil", EXIT, {PHONES: ("sip",)},
        "a SIP phone that speaks TCP, under torsocks, through an exit to the other phone", standbys=(False,)),
    Way("i2p", "i2p", "over I2P streaming", DESTINATION, {PAPER: None, PHONES: _ENDS},
        "SAM streams on a session for each call; the callee's proxy and phone have destinations", pause_s=(0.2, 6.0),
        call_s=(28.0, 1.8), start_s=70.0, share=(0.15, 0.6)),
    Way("i2p-http", "i2p", "over I2P's HTTP proxy", HTTP, {PAPER: _ENDS},
        "the papers' way: CONNECT by i2pd's HTTP proxy, which has one set of tunnels for all, so that calls share a stream",
        pause_s=(0.2, 0.2), call_s=(2.4, 2.4), start_s=30.0),
)}
