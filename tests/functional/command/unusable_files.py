"""A key that others can read, a key of the wrong size, an unknown key in the configuration: exit 2 and one line."""
from configs import callee
from waiting import check


def scenario(place):
    bridge = place.bridge("b", callee(place)).start()
    bridge.terminate()
    key = bridge.state / "route_key"
    check(key.stat().st_mode & 0o777 == 0o600, "the key is made with other rights than 0600")

    key.chmod(0o644)
    line = bridge.refused_to_start()
    check(str(key) in line and "chmod 600" in line, f"does not say what mends it: {line}")
    key.chmod(0o600)

    good = key.read_bytes()
    key.write_bytes(good[:31])
    line = bridge.refused_to_start()
    check(str(key) in line, f"does not name the file: {line}")
    key.write_bytes(good)

    config = bridge.config.read_text()
    bridge.configure(config.replace("[inner]", "[inner]\nlisten_on = 5060"))
    line = bridge.refused_to_start()
    check("listen_on" in line and ":6" in line, f"does not name key and line: {line}")

    bridge.configure(config)
    bridge.start()
    bridge.expected_codes = {0}
