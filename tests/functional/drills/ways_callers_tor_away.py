"""Tor first and I2P second: the caller's tor is killed and stays away. The next call rings soon, by I2P; no call in progress is lost, none
comes twice."""


def scenario(place):
    return place.drill("callers-tor-away", "tor,i2p")
