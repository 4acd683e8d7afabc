"""`status --json` of a running bridge is what docs/status.md says; of one that does not run, exit 1 and what mends it."""
import json

from call import Call
from configs import start_pair
from waiting import check, equal

FIELDS = {
    "version": str, "role": str, "uptime_s": (int, float), "onion": str, "published": bool, "tor": str, "i2p": type(None), "requests": int,
    "refused": int, "absorbed": int, "stray": int, "exchanges": int, "calls_open": int, "registrations": int, "identities": dict,
    "standby": list, "links": list, "calls": list,
}
CALL_FIELDS = {"call", "wire", "outbound", "link", "source", "way", "credential", "moved", "status", "link_ready_ms", "sent_ms",
               "first_answer_ms", "ringing_ms", "answered_ms", "busy_ms", "identity_ms"}


def scenario(place):
    a, _ = start_pair(place)
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish()
    result = a.command("status", "--json")
    equal((result.returncode, result.stderr), (0, ""), "exit code and errors")
    status = json.loads(result.stdout)
    equal(set(status), set(FIELDS), "fields")
    for field, kind in FIELDS.items():
        check(isinstance(status[field], kind), f"{field} is {status[field]!r}")
    equal({field for record in status["calls"] for field in record}, CALL_FIELDS, "fields of a call")
    equal([(link["peer"], link["open"], link["inbound"]) for link in status["links"]], [("bob", True, False)], "links")
    equal(status["calls_open"], 1, "open calls")
    check(a.command("status").stdout, "status for people says nothing")
    equal((a.state / "status.sock").stat().st_mode & 0o777, 0o600, "rights of the socket")

    a.terminate()
    result = a.command("status", "--json")
    equal((result.returncode, result.stdout), (1, ""), "exit code and output without a bridge")
    check("sipveil run" in result.stderr, f"does not say what mends it: {result.stderr}")
