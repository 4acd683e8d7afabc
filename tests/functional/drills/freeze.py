"""A relay of the call falls silent, its connections open: the next call rings soon, no call in progress is lost, none comes twice."""


def scenario(place):
    return place.drill("freeze")
