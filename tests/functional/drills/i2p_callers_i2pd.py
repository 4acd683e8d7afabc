"""The caller's i2pd is killed and started again: calls get through again, and none comes twice."""


def scenario(place):
    return place.drill("callers-i2pd", "i2p")
