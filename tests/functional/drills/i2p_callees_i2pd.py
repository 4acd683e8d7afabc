"""The callee's i2pd is killed and started again, his destination with the same key: the next call rings soon, and none comes twice."""


def scenario(place):
    return place.drill("callees-i2pd", "i2p")
