"""Over I2P a sipveil has no socket but SAM of its own router and its phone side, no b32 name is told to anybody else, and each router
sees of its user's calls what the matrix says."""
import audit_bed
from waiting import check

SLOW = True
# Each waits for sessions; all of them take minutes.
_SOME = "registration,completed-call,cancelled,text-message,unregistration"


def scenario(place):
    code, verdict, text = audit_bed.audit(place, "--network", "i2p", "--view", "real", "--direction", "a>b", "--scenarios", _SOME)
    check(code == 0 and verdict["clean"] and verdict["dialogs"] > 3, text)
    used = verdict["runs"][0]["sockets"]
    check(all(used[name]["SAM of its own router"] for name in ("sipveil-a", "sipveil-b", "phone-b")), f"not looked at: {used}")
