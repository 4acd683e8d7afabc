"""A router of the call's tunnels is killed: calls get through again, and none comes twice."""


def scenario(place):
    return place.drill("transit", "i2p")
