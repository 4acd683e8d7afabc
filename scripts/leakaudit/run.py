"""One run: a trapezoid is started, every scenario is played in one direction, and what each vantage point saw is kept."""
import contextlib
import dataclasses
import json
import pathlib
import time

from callrun.tor_network import TorNetwork
from leakaudit import bed, evidence, i2p_bed, live_capture, scenarios, sockets
from leakaudit.agent import PATIENCE_S, Agent, Person, Silence
from leakaudit.canary import Canary
from leakaudit.planting import Planter, make_text
from trapezoid.bed import Options

_NODES = ("phone-a", "proxy-a", "proxy-b", "phone-b")
NOT_REGISTERED_CALLERS = ("nobody", "callee", "callee-home")  # their home is not asked


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is run. `direction`: "a>b" or "b>a", who calls whom; `only`: names of scenarios, () for all."""
    identity: object
    direction: str = "a>b"
    network: str = "direct"
    wire: str = "namespaces"
    only: tuple = ()
    without_sipveil: bool = False
    planted: bool = False  # with "i2p": one sipveil asks a resolver, which must be found

    @property
    def name(self):
        return f"{bed.identity_text(self.identity)}, {self.direction}"


@dataclasses.dataclass
class Record:
    """What a run leaves: the scenarios' own words, the canaries, and Evidence by relative vantage point."""
    plan: Plan
    canaries: list
    outcomes: dict = dataclasses.field(default_factory=dict)   # scenario -> sentence
    silent: dict = dataclasses.field(default_factory=dict)     # scenario -> what did not come
    evidence: dict = dataclasses.field(default_factory=dict)
    problems: list = dataclasses.field(default_factory=list)
    packets: int = 0
    sockets: dict = dataclasses.field(default_factory=dict)    # sipveil -> {what for: how many}, if they were watched
    folder: pathlib.Path = None


def play(binary, folder, plan, report, lab=None, tors=None):
    """The Record. Nothing runs at the end; `folder` keeps the capture and the logs. `lab`: of the plan's network, unless that is
    "direct"; `tors`: with Tor, the user of it for each sipveil."""
    folder.mkdir(parents=True, exist_ok=True)
    persons, planters = _cast_list(plan)
    caller_side, callee_side = plan.direction.split(">")
    sides = {caller_side: persons["caller"], callee_side: persons["callee"]}
    options = Options(identity=plan.identity, network=plan.network, wire=plan.wire, without_sipveil=plan.without_sipveil,
                      log_level="debug", alice=bed.user_of(sides["a"]), bob=bed.user_of(sides["b"]))
    record = Record(plan, [], folder=folder)
    with contextlib.ExitStack() as stack:
        one = _bed(binary, folder / "p", options, {callee_side: [bed.user_of(persons["third"])]}, plan, lab, tors)
        stack.callback(one.stop)
        listening = [_capture(one, plan, folder)]
        stack.callback(listening[0].stop)
        capture, watch = listening[0], None
        if plan.network == "i2p":
            listening.append(one.capture_wires(folder))
            stack.callback(listening[1].stop)
            watch = one.watch_sockets()
            stack.callback(watch.stop)
        one.start(report)
        cast = _cast(stack, one, plan, persons, planters)
        clock = _Clock(one, callee_side)
        _play_all(cast, clock, capture, plan, record, report, one.wait_ready)
        _add_status(one, record)
        names = one.pseudonyms()
        clock.mark("the end")
        if watch:
            watch.stop()
        codes = one.stop()
        record.problems += [f"{part.id} ended with {codes[part.id]}, see its log" for part in one.sipveils() if codes[part.id]]
        lost = sum(reader.stop() for reader in listening)
        if lost:
            record.problems.append(f"{lost} packets were lost while capturing: the machine is too slow or too busy")
        record.packets = sum(reader.packets for reader in listening)
        record.canaries = _canaries(persons, planters, cast.message_text, names)
        _sort(one, clock, record, caller_side)
        if watch:
            _add_i2p(one, clock, record, watch)
    return record


def _bed(binary, folder, options, more_users, plan, lab, tors):
    if plan.network == "i2p":
        return i2p_bed.I2pBed(binary, folder, options, more_users, lab, plan.planted)
    return bed.AuditBed(binary, folder, options, more_users, TorNetwork(lab) if lab else None, tors)


# --- who ---

def _cast_list(plan):
    """({role: Person}, {role: Planter}); every name is a canary."""
    caller_side, callee_side = plan.direction.split(">")
    domains = {"caller": f"{caller_side}.example", "callee": f"{callee_side}.example", "third": f"{callee_side}.example",
               "unknown": f"{callee_side}.example", "nowhere": f"{make_text()}.example"}
    persons = {role: Person(make_text(), domain, make_text("key"), f"Name {make_text()}", f"Nick {make_text()}")
               for role, domain in domains.items()}
    return persons, {role: Planter(f"{role}'s phone", role if role != "second" else "callee")
                     for role in ("caller", "callee", "second", "third")}


def _cast(stack, one, plan, persons, planters):
    caller_side, callee_side = plan.direction.split(">")
    wanted = {"caller": (caller_side, bed.CALLER_PORT), "callee": (callee_side, bed.CALLEE_PORT),
              "second": (callee_side, bed.SECOND_PORT), "third": (callee_side, bed.THIRD_PORT)}
    agents = {}
    for role, (side, port) in wanted.items():
        node = f"phone-{side}"
        (sock,) = sockets.opened(lambda command, node=node: one.command(node, command), [f"udp:{one.host(node)}:{port}"])
        person = persons["callee" if role == "second" else role]
        agents[role] = Agent(person, sock, one.proxy_of_phone(side), planters[role],
                             i2p_bed.PATIENCE_S if plan.network == "i2p" else PATIENCE_S)
        stack.callback(agents[role].close)
    return scenarios.Cast(**agents, nowhere=persons["nowhere"], unknown=persons["unknown"], message_text=f"Text {make_text()}",
                          caller_registers=plan.identity is None or plan.identity.caller_known_to not in NOT_REGISTERED_CALLERS)


# What of each person is said by anybody, and is a fact of the matrix.
_TOLD = {"caller": ("user", "password", "name", "domain"), "callee": ("user", "password", "name", "domain", "nickname"),
         "third": ("user", "password", "name", "nickname"), "unknown": ("user", "nickname"),
         "nowhere": ("user", "nickname", "domain")}


def _canaries(persons, planters, message_text, pseudonyms):
    found = [one for planter in planters.values() for one in planter.canaries]
    for role, told in _TOLD.items():
        person = persons[role]
        texts = {"user": person.user, "password": person.password, "domain": person.domain,
                 "name": person.display.split()[-1], "nickname": person.others_call_me.split()[-1]}
        found += [Canary(f"{what} of the {role}", texts[what], f"{role}-{what}") for what in told]
    found.append(Canary("text of a MESSAGE", message_text.split()[-1], "message-text"))
    roles = {bed.user_of(person): role for role, person in persons.items()}
    found += [Canary(f"pseudonym of the {roles[user]}", name, f"{roles[user]}-pseudonym") for user, name in pseudonyms.items()]
    return found


# --- what happens ---

def _capture(one, plan, folder):
    if plan.wire == "loopback":
        networks = tuple({address.rpartition(".")[0] + "." for address in one.addresses()})
        found = sockets.opened(lambda command: command, ["packets"])
        return live_capture.LiveCapture(found, folder / "capture.pcap",
                                        lambda source, target: source.startswith(networks) or target.startswith(networks))
    found = [sockets.opened(lambda command, node=node: one.command(node, command), ["packets"])[0] for node in _NODES]
    return live_capture.LiveCapture(found, folder / "capture.pcap")


class _Clock:
    """When each scenario ran, how long the logs were then, and what the tables held."""

    def __init__(self, one, callee_side):
        self._bed, self._callee_side = one, callee_side
        self.begins = []  # (time, scenario)
        self.log_sizes = {part.id: [] for part in one.parts.values()}
        self.tables = {"a": [], "b": []}  # (scenario, bytes)

    def mark(self, scenario):
        previous = self.begins[-1][1] if self.begins else "start"
        for side, kept in self.tables.items():
            files = sorted(self._bed.kamailio(side).database.iterdir())
            text = b"".join(f"== {file.name}\n".encode() + file.read_bytes() for file in files if file.name != "version")
            if not kept or kept[-1][1] != text:
                kept.append((previous, text))
        for part in self._bed.parts.values():
            self.log_sizes[part.id].append((part.log.stat().st_size if part.log.exists() else 0, scenario))
        self.begins.append((time.time(), scenario))

    def scenario_at(self, moment):
        return next((name for begin, name in reversed(self.begins) if begin <= moment), "start")


def _play_all(cast, clock, capture, plan, record, report, before_each):
    for name, function in scenarios.SCENARIOS.items():
        if plan.only and name not in plan.only and name not in scenarios.ALWAYS:
            continue
        clock.mark(name)
        before_each()
        begin = time.monotonic()
        try:
            record.outcomes[name] = function(cast)
        except Silence as error:
            record.silent[name] = str(error)
        except (AttributeError, IndexError, KeyError, ValueError) as error:  # a message that came lacks what every such one has
            record.silent[name] = f"cannot go on: {error!r}"
        for agent in cast.agents:
            agent.drain(0.02)
        capture.settle()
        report(f"{name}: {record.outcomes.get(name) or record.silent[name]} ({time.monotonic() - begin:.1f} s)")


def _add_status(one, record):
    record.evidence["sipveil-logs"] = seen = evidence.Evidence("sipveil-logs")
    for part in one.sipveils():
        seen.add_file(f"{part.id}: sipveil status", json.dumps(part.report(), indent=0).encode())


def _sort(one, clock, record, caller_side):
    """Fills record.evidence from the capture, the logs and the tables."""
    relative = {f"{kind}-{side}": f"{'caller' if side == caller_side else 'callee'}-{kind}"
                for kind in ("phone", "link", "proxy", "log", "db") for side in "ab"}

    def at(place):
        vantage = relative.get(place, place)
        if vantage not in record.evidence:
            record.evidence[vantage] = evidence.Evidence(vantage, clock.scenario_at)
        return record.evidence[vantage]

    captured = evidence.read_capture(record.folder / "capture.pcap")
    for flow in captured.flows:
        at(one.place_of(flow.source, flow.target) if flow.protocol in ("udp", "tcp", "icmp") else "elsewhere").add_flow(flow)
    for side in "ab":
        part = one.kamailio(side)
        at(f"log-{side}").add_file(f"{part.id}/log", part.log.read_bytes(), clock.log_sizes[part.id])
        for scenario, text in clock.tables[side]:
            at(f"db-{side}").add_file(f"{part.id}/db after {scenario}", text, [(0, scenario)])
    for part in one.sipveils():
        at("sipveil-logs").add_file(f"{part.id}/log", part.log.read_bytes(), clock.log_sizes[part.id])
    for seen in record.evidence.values():
        if seen.missing:
            record.problems.append(f"{seen.vantage}: {seen.missing} bytes of streams are missing in the capture")


def _add_i2p(one, clock, record, watch):
    """What the routers and the sockets of the sipveils showed."""
    record.canaries += one.names()
    record.sockets = {name: dict(used) for name, used in watch.used.items()}
    record.problems += watch.problems()
    record.problems += one.strays(evidence.datagrams(record.folder / "capture.pcap"))
    record.problems += one.strays_among_routers(evidence.datagrams(record.folder / "routers.pcap"))
    for flow in evidence.read_capture(record.folder / "routers.pcap").flows:
        place = i2p_bed.place_at_routers(flow.source, flow.target)
        record.evidence.setdefault(place, evidence.Evidence(place, clock.scenario_at)).add_flow(flow)
