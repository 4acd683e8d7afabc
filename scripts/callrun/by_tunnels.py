"""The same calls by what an I2P user has without sipveil: a client tunnel of alice's i2pd and a server tunnel of bob's, SIP over one
TCP connection between the phones, with tunnels as long as sipveil's. All calls share one destination, and no name is sealed.
"""
import contextlib
import dataclasses
import socket
import time

from callrun import figures, ports
from callrun.children import Child
from callrun.errors import RunError
from callrun.network import DOMAIN
from callrun.sipp import Callee, Caller, Where, without_100
from labnet import processes, programs
from labnet.i2p_tunnels import ClientTunnel, ServerTunnel

_PAUSE_S = 1.0
_READY_S = 200.0  # the first use of a tunnel has been seen to take 162 s
_FIRST_BYTE_S = 5.0
_TRANSPORT = "t1"  # SIPp's word for one TCP connection


@dataclasses.dataclass(frozen=True)
class Comparison:
    ready_s: float         # from the making of the tunnels until a first byte came back through them
    asked: int             # calls
    invite_to_180_s: list
    completed: int

    def json(self):
        return {"ready_s": round(self.ready_s, 3), "calls": self.asked, "completed": self.completed,
                "invite_to_180_s": figures.summary(self.invite_to_180_s)}

    def text(self):
        times = figures.summary(self.invite_to_180_s)
        return (f"without sipveil median {figures.time(times['median'])}, p95 {figures.time(times['p95'])}, {self.completed} of {self.asked} "
                f"complete: by i2pd's own client and server tunnel on one TCP connection; all calls come from one\n"
                f"                destination, no name is sealed; the tunnels were ready {self.ready_s:.1f} s after they had been asked for")


def place(network, folder, count, progress):
    """A Comparison of `count` calls. `network`: an I2pNetwork whose lab is up."""
    lab, length = network.lab, network.tunnel_length
    folder = folder / "by-tunnels"
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        callee_port, entry_port, caller_port = ports.free(3)
        callee = Callee(Where(callee_port, transport=_TRANSPORT), folder)
        stack.callback(callee.stop, 0.5)
        progress.say("i2pd's own client and server tunnel, for comparison")
        exit_path = folder / "exit.sock"
        begin = time.monotonic()
        server = stack.enter_context(ServerTunnel(lab, "bob", "sip-server", exit_path, length))
        client = stack.enter_context(ClientTunnel(lab, "alice", "sip-client", server.host, length))
        ready_s = _first_echo(exit_path, client.path, folder) - begin
        _gate(stack, folder / "exit", f"unix:{exit_path}", f"127.0.0.1:{callee_port}")
        _gate(stack, folder / "entry", f"127.0.0.1:{entry_port}", f"unix:{client.path}")
        progress.say(f"{count} calls by these, without sipveil: phone -> i2pd -> i2pd -> phone")
        caller = Caller(Where(caller_port, transport=_TRANSPORT), ("127.0.0.1", entry_port), DOMAIN, count, folder,
                        gap_ms=_PAUSE_S * 1000, scenario=without_100(folder))
        stack.callback(caller.stop, 0.5)
        traces = caller.watch(also=callee.require_running).all()
        return Comparison(ready_s, count, [trace.invite_to_ringing for trace in traces if trace.ringing is not None],
                          sum(trace.complete_without_100 for trace in traces))


def _first_echo(exit_path, entry_path, folder):
    """When a byte has come back through both tunnels: i2pd closes what comes before it knows the way."""
    (port,) = ports.free(1)
    echo = Child("echo", processes.echo_command(exit_path, "127.0.0.1", port), folder / "echo.log")
    try:
        echo.wait_for(exit_path.exists, "listening")
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as stream:
                stream.settimeout(_FIRST_BYTE_S)
                stream.connect(str(entry_path))
                stream.sendall(b"?")
                if stream.recv(1):
                    return time.monotonic()
            time.sleep(0.2)
        raise RunError(f"i2pd's own tunnels carried nothing within {_READY_S:.0f} s; --no-compare leaves them out")
    finally:
        echo.stop()
        exit_path.unlink(missing_ok=True)


def _gate(stack, folder, listen, target):
    """Hands streams on as the lab's own gates do, between a TCP port of a phone and a unix socket of the lab; until `stack` ends."""
    folder.mkdir()
    (folder / "table").write_text(f'"{listen}" "{target}" 0\n', encoding="utf-8")
    gate = Child(f"gate ({folder.name})", [programs.built("delay_relay"), folder / "table"], folder / "log")
    stack.callback(gate.stop)
    gate.wait_for(lambda: gate.last_words().strip(), "listening")
