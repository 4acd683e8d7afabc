"""What scripts/lab does differently for each network."""
from labnet import i2p_measure, i2p_topology, measure, topology
from labnet.errors import LabError
from labnet.i2p_lab import I2pLab
from labnet.tor_lab import TorLab


class Tor:
    name, lab, carrier = "tor", TorLab, "relay"

    @staticmethod
    def size(options):
        _refuse(options, ("routers",), "i2p")
        relays = _number(options.relays, topology.Size.relays, 4, 100, "--relays")
        return topology.Size(relays, _number(options.exits, topology.Size.exits, 1, 50, "--exits"))

    @staticmethod
    def user_lines(node):
        yield f"control unix:{node['control_unix']}"
        yield f"socks   unix:{node['socks_unix']}" + (f" or {node['socks']}" if "socks" in node else "")

    @staticmethod
    def ping(lab, status, caller, callee, options):
        """Yields (path, expected ms, more to tell, round trips in ms)."""
        _refuse(options, ("length",), "i2p")
        expected = status["expected_round_trip_ms"]
        yield "exit", expected["exit"], {}, measure.exit_round_trips_ms(lab, caller, options.count)
        yield "onion", expected["onion"], {}, measure.onion_round_trips_ms(lab, caller, callee, options.count)


class I2p:
    name, lab, carrier = "i2p", I2pLab, "router"

    @staticmethod
    def size(options):
        _refuse(options, ("relays", "exits"), "tor")
        return i2p_topology.Size(_number(options.routers, i2p_topology.Size.routers, 6, 100, "--routers"))

    @staticmethod
    def user_lines(node):
        yield f"sam     unix:{node['sam_unix']}"
        yield f"http    unix:{node['http_proxy_unix']}"
        yield f"console unix:{node['console_unix']}"

    @staticmethod
    def ping(lab, status, caller, callee, options):
        if caller == callee:
            raise LabError("a ping takes two users")
        for length in [options.length] if options.length else (1, 2, 3):
            with i2p_measure.echo_streams(lab, caller, callee, 1, length) as (stream,):
                times, path = i2p_measure.round_trips_and_path(lab, caller, callee, stream, options.count)
                # That of the very path if it is known: with ten routers the last one of a tunnel often begins the next one, too.
                expected = (i2p_measure.path_delay_ms(lab, path) if path else
                            i2p_topology.expected_round_trip_ms(status["hop_delay_ms"], length))
                yield f"length {length}", expected, {"opened_s": round(stream.opened_s, 1), "path": path}, times


def _number(given, default, least, most, name):
    if given is None:
        return default
    if not least <= given <= most:
        raise LabError(f"{name}: {least} to {most}")
    return given


def _refuse(options, names, network):
    for name in names:
        if getattr(options, name) is not None:
            raise LabError(f"--{name} is for --network {network}")
