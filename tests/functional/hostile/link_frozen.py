"""The link falls silent in each part of a call, its connections open, as with a frozen relay of tor: the call goes on by a standby
link, and the callee sees one call."""
import survival
from waiting import check


def scenario(place):
    # A keepalive of 1 s, so that nobody waits for long until the silence of a link without a request is found.
    a, proxy = survival.behind_proxy(place, "[tunnel]\nkeepalive = 1\n")
    survival.all_parts(place.alice(), place.bob(), lambda: [passage.freeze() for passage in survival.in_use(proxy)])
    calls = a.status()["calls"]
    check(any(call["moved"] for call in calls), f"no call was moved: {calls}")
