"""The SAM port of the caller's router goes away and comes back: calls get through again, and none comes twice."""


def scenario(place):
    return place.drill("sam", "i2p")
