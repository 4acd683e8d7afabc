"""`doctor` where everything works, for a bridge that runs and for one that does not yet: each check ok, exit 0."""
import json

import onion_calls
from configs import caller
from waiting import equal


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    a = place.bridge("a", caller(place, f"tor:{onion}", None, onion_calls.tor_section(lab, "alice")))
    examine(a, {"onion", "keys"})
    examine(b, {"peers", "keys"})


def examine(bridge, not_configured):
    result = bridge.command("doctor", "--json", seconds=120)
    verdicts = {check["id"]: check["verdict"] for check in json.loads(result.stdout)["checks"]}
    expected = {name: "skipped" if name in not_configured else "ok" for name in verdicts}
    equal(verdicts, expected, f"verdicts of {bridge.name} in {result.stdout}")
    equal((result.returncode, result.stderr), (0, ""), "exit code and errors")
