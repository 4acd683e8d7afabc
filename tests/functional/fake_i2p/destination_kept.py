"""The destination that takes calls: made at the first start, its key in a file for its owner alone, told to the router by SESSION
CREATE and to nobody else, the same after a restart."""
import i2p_pair
from call import Call
from fake_sam import Keys
from waiting import check, equal


def scenario(place):
    pair = i2p_pair.Pair(place)
    router = pair.router_b
    pair.start_callee()
    first = pair.name
    file = pair.b.state / "i2p_destination"
    equal(file.stat().st_mode & 0o777, 0o600, "mode of the key file")
    check(router.named("DEST GENERATE SIGNATURE_TYPE=7"), "no Ed25519 destination was asked for")
    key = file.read_bytes()
    status = pair.b.status()["i2p"]
    equal((status["destination"], status["reachable"], status["ready"]), (first, True, True), "what status tells")

    pair.start_caller()
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish().hang_up()
    pair.b.terminate()
    pair.b.start()
    pair.b.wait_log(lambda log: log.count(f"others reach this bridge at i2p:{first}") == 2, "the same name again", seconds=30)
    equal(file.read_bytes(), key, "the key file after a restart")
    Call(alice, bob).establish(seconds=30).hang_up()

    # Whoever looks whether it is reachable has a destination of its own, and accepts nobody.
    kept = [session for session in router.sessions if router.named(f"STREAM ACCEPT ID={session.id} ")]
    equal(len(kept), 2, "sessions that take calls, one for each start")
    equal({session.keys.name for session in kept}, {first}, "names of the kept destination")
    private = kept[0].keys.private
    check(private in file.read_text(), "the key file does not hold the key")
    secret = private[len(Keys(private).text) - 4:]
    elsewhere = [line.split(" ")[:2] for line in router.lines if secret in line and not line.startswith("SESSION CREATE")]
    equal(elsewhere, [], "requests with the private key but SESSION CREATE")
    for bridge in (pair.a, pair.b):
        check(secret not in bridge.log(), "the private key stands in a log")
    check(secret not in str(pair.b.status()), "the private key stands in the status")
    check(secret not in "\n".join(pair.router_a.lines), "the private key got to the caller's router")
