"""The logs of both proxies laid side by side do not tell that they saw one call: no Call-ID, tag, user or host in common."""
import re

from trapezoid_bed import both_ways, running
from waiting import check, equal

_FIELDS = re.compile(r"(?:call-id|contact|from|to|via)=(\S+)")
# Words of SIP itself and the names of the domains, which each must know to route.
_COMMON = {"sip", "transport", "tcp", "udp", "lr", "sv", "svh", "a.example", "b.example", "null", "SIP", "UDP", "branch", "rport",
           "anonymous.invalid", "2.0", "5060", "5070"}


def scenario(place):
    with running(place) as bed:
        both_ways(bed, "call")
        words = [_words(proxy) for proxy in (bed.kamailio_a, bed.kamailio_b)]
        check(all(len(one) > 5 for one in words), "the logs are empty")
        hosts = {bed.host(node) for node in ("proxy-a", "proxy-b")}
        equal({word for word in words[0] & words[1] if word not in _COMMON | hosts and len(word) > 3}, set(), "identifiers in both logs")


def _words(proxy):
    return {word for line in proxy.messages() for field in _FIELDS.findall(line) for word in re.split(r"[^A-Za-z0-9.-]+", field) if word}
