"""`doctor` with an I2P router: the router, tunnels of a destination that is made for it and forgotten, our own destination, the peers."""
import i2p_pair
from place import EXTRA
from waiting import check, equal


def scenario(place):
    pair = i2p_pair.start(place)
    result = pair.a.command("doctor")
    equal((result.returncode, result.stderr), (0, ""), f"exit code and errors, with:\n{result.stdout}")
    for line in (f"ok      I2P router            SAM at {place.host}:{i2p_pair.A_ROUTER}", "ok      I2P tunnels           ",
                 "-       I2P destination       there is no [destination] section", "ok      peer bob              reached in "):
        check(line in result.stdout, f"no {line!r} in\n{result.stdout}")
    equal([session for session in pair.router_a.sessions if not session.ended.wait(10)], [], "sessions that a doctor leaves")
    equal(sorted(path.name for path in pair.a.state.iterdir() if path.name.startswith("i2p")), [], "what it leaves in the state directory")

    result = pair.b.command("doctor")
    equal(result.returncode, 0, f"exit code, with:\n{result.stdout}")
    check(f"ok      I2P destination       {pair.name} reached in " in result.stdout, f"the callee's own:\n{result.stdout}")

    absent = place.bridge("absent", pair.caller_config().replace(f":{i2p_pair.A_ROUTER}", f":{EXTRA + 8}"))
    result = absent.command("doctor")
    equal(result.returncode, 1, "exit code without a router")
    for line in ("FAILED  I2P router", "[i2p] sam", "-       I2P tunnels           needs: I2P router",
                 "-       peer bob              needs: I2P tunnels"):
        check(line in result.stdout, f"no {line!r} in\n{result.stdout}")
