"""The stream through a proxy ends in each part of a call, as when tor loses its circuit: the call goes on by a standby link, and the
callee sees one call."""
import survival
from waiting import check


def scenario(place):
    a, proxy = survival.behind_proxy(place)
    survival.all_parts(place.alice(), place.bob(), lambda: [passage.cut() for passage in survival.in_use(proxy)])
    calls = a.status()["calls"]
    check(any(call["moved"] for call in calls), f"no call was moved: {calls}")
