"""Raw round trips through the Tor lab, without sipveil: what its figures are compared with."""
import statistics

from labnet import socks5
from labnet.onion import OnionService

_ECHO_VIRTUAL_PORT = 7


def exit_round_trips_ms(lab, user, count):
    """Echoes over one open stream through an exit."""
    echo = lab.status()["echo"]
    with socks5.connect(lab.socket_path(user, "socks"), echo["host"], echo["port"]) as stream:
        return socks5.round_trips_ms(stream, count)


def onion_round_trips_ms(lab, user, service, count):
    """Echoes over one open stream from `user` to an onion service that `service` publishes for the time of the call."""
    onion = OnionService(lab.socket_path(service, "control"),
                         {_ECHO_VIRTUAL_PORT: f"unix:{lab.socket_path('echo', 'echo')}"})
    try:
        onion.wait_published()
        with socks5.connect(lab.socket_path(user, "socks"), onion.host, _ECHO_VIRTUAL_PORT) as stream:
            return socks5.round_trips_ms(stream, count)
    finally:
        onion.close()


def summary(times):
    ordered = sorted(times)
    return {"count": len(ordered), "min": round(ordered[0], 1), "median": round(statistics.median(ordered), 1),
            "p95": round(ordered[int(len(ordered) * 0.95)], 1), "max": round(ordered[-1], 1)}
