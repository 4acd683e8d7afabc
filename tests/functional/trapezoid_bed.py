"""The trapezoid of scripts/trapezoid in a scenario: whatever ends it, its sipveils are judged as every bridge is."""
import contextlib

from bridge import SANITIZER_WORDS
from trapezoid import identities, phone
from trapezoid.bed import Options, Trapezoid
from waiting import Failure, check, equal

SCENARIOS = sorted(file.stem.removesuffix("-callee") for file in phone.SCENARIOS.glob("*-callee.xml"))


@contextlib.contextmanager
def running(place, scheme="privasip-2-ecies", register=True, network=None, users=None, name="bed", options=None, **identity):
    """A Trapezoid that runs, its phones registered. `identity`: fields of identities.Identity; `options`: of bed.Options."""
    settings = Options(identities.named(scheme, **identity), log_level="debug", **(options or {}))
    bed = Trapezoid(place.binary, place.folder / name, settings, network, users)
    try:
        bed.start()
        if register:
            bed.register()
        yield bed
    except Exception as error:
        bed.stop()
        raise Failure(f"{error}\n{_last_words(bed)}") from error
    finally:
        codes = bed.stop()
    for part in sipveils(bed):
        check(not SANITIZER_WORDS.search(part.log_text()), f"{part.id}: a sanitizer found something\n{part.log_text()[-6000:]}")
        equal(codes[part.id], 0, f"exit code of {part.id}")


def sipveils(bed):
    return [part for name, part in bed.parts.items() if name.startswith(("sipveil-", "phone-"))]


def both_ways(bed, scenario, caller_scenario=None, talk_ms=50, meanwhile=lambda callees: None, seconds=60):
    """alice calls bob while bob calls alice; every step on either side must be as the scenarios say."""
    callees = [one.take_calls(f"{scenario}-callee", 1, talk_ms) for one in (bed.alice, bed.bob)]
    callers = [caller.place_call(callee.user, f"{caller_scenario or scenario}-caller", talk_ms)
               for caller, callee in ((bed.alice, bed.bob), (bed.bob, bed.alice))]
    try:
        meanwhile(callees)
        for run in (*callers, *callees):
            run.finish(seconds)
    finally:
        for run in (*callers, *callees):
            run.kill()


def _last_words(bed):
    return "\n".join(f"--- log of {name}\n{part.log_text()[-3000:]}" for name, part in bed.parts.items())
