"""A second bridge with the same state directory: exit 2, and the first is not disturbed."""
from call import Call
from configs import start_pair
from place import A_INNER, EXTRA
from waiting import check, equal


def scenario(place):
    a, _ = start_pair(place)
    config = a.config.read_text().replace(f":{A_INNER}", f":{EXTRA}")
    second = place.bridge("second", config)
    line = second.refused_to_start()
    check(str(a.state) in line, f"does not name the directory: {line}")
    Call(place.alice(), place.bob()).establish().hang_up()
    equal(len(a.status()["calls"]), 1, "calls in the status of the first")
