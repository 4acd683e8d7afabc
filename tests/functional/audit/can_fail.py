"""The audit can fail: calls without [identity], judged by what PrivaSIP-2 promises, are full of leaks."""
import audit_bed
from waiting import check, equal

SLOW = True


def scenario(place):
    code, verdict, text = audit_bed.audit(place, "--scheme", "none", "--judge-as", "privasip-2", "--direction", "a>b")
    equal(code, 1, "the exit code")
    (matrix,) = verdict["matrix"].values()
    links = ("links",) if "links" in matrix["caller-user"] else ("caller-link", "tunnel", "callee-link")
    for fact, vantages in {"caller-user": (*links, "callee-proxy", "callee-log", "callee-phone"),
                           "callee-user": (*links, "caller-proxy", "caller-log")}.items():
        missed = [vantage for vantage in vantages if matrix[fact][vantage] != "LEAK"]
        check(not missed, f"{fact} was not found at {missed}, where it stands in the clear\n{text}")
