"""The callee's tor is killed and started again: the next call rings soon, no call in progress is lost, none comes twice."""


def scenario(place):
    return place.drill("callees-tor")
