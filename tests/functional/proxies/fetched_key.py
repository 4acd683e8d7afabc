"""Without the key of the callee's domain a phone calls nobody in the clear; a key that was fetched is the owner's, and calls go."""
from trapezoid import keyring
from trapezoid_bed import both_ways, running
from waiting import check, equal


def scenario(place):
    with running(place) as bed:
        _without_key(bed)
        _fetched(bed.parts["phone-a"], "a.example", bed.parts["sipveil-a"])  # of his own domain, from his own proxy
        _fetched(bed.parts["sipveil-a"], "b.example", bed.parts["sipveil-b"])  # through the tunnel
        keyring.pin("b.example", bed.parts["sipveil-b"], bed.parts["phone-a"])
        _restart(bed)
        both_ways(bed, "call")


def _without_key(bed):
    (bed.parts["phone-a"].keys_dir / "peers/b.example.pem").unlink()
    _restart(bed)
    refused = bed.alice.place_call(bed.bob.user)
    refused.wait_ended(20)
    check(refused.stop() != 0, "a call to a domain without a key went through")
    equal([line for line in bed.kamailio_a.messages() if "INVITE" in line], [], "INVITEs that left the phone")


def _fetched(who, domain, owner):
    pinned = who.keys_dir / f"peers/{domain}.pem"
    pinned.unlink()
    who.keys("fetch", domain, config=True)
    (public,) = (owner.keys_dir / "own").glob(f"{domain}.*.pub")
    equal(pinned.read_text(encoding="ascii").strip(), public.read_text(encoding="ascii").strip(), f"key of {domain} that was fetched")


def _restart(bed):
    bed.parts["phone-a"].stop()
    bed.parts["phone-a"].start()
    bed.alice.register()
