"""`doctor` with a tor that does not run: exit 1, it names tor and what mends it."""
from configs import caller
from onion_names import unserved_onion
from place import EXTRA
from waiting import check, equal


def scenario(place):
    tor = f'[tor]\ncontrol = "{place.host}:{EXTRA}"\n'
    bridge = place.bridge("a", caller(place, f"tor:{unserved_onion()}:5060", None, tor))
    result = bridge.command("doctor")
    equal(result.returncode, 1, "exit code")
    check(f"{place.host}:{EXTRA}" in result.stdout, f"does not name the control port:\n{result.stdout}")
    check("Start tor" in result.stdout, f"does not say what mends it:\n{result.stdout}")
