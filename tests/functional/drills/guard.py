"""The caller's guard is killed: the next call rings soon, no call in progress is lost, none comes twice."""


def scenario(place):
    return place.drill("guard")
