"""A phone that has no key of the callee's domain refuses to call in the clear, fetches it through the tunnel, and calls."""
from trapezoid_bed import both_ways, running
from waiting import check, equal


def scenario(place):
    with running(place) as bed:
        phone = bed.parts["phone-a"]
        pinned = phone.keys_dir / "peers/b.example.pem"
        before = pinned.read_text(encoding="ascii")
        pinned.unlink()
        phone.stop()
        phone.start()
        bed.alice.register()
        refused = bed.alice.place_call(bed.bob.user)
        refused.wait_ended(20)
        check(refused.stop() != 0, "a call to a domain without a key went through")
        phone.keys("fetch", "b.example", config=True)
        equal(pinned.read_text(encoding="ascii").strip(), before.strip(), "the fetched key")
        phone.stop()
        phone.start()
        bed.alice.register()
        both_ways(bed, "call")
