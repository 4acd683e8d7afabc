import unittest

from labnet.i2p_topology import SAM_PORT, TRANSPORT_PORT
from leakaudit import evidence, i2p_bed, report, run, verdict
from leakaudit.canary import Canary
from leakaudit.held_sockets import Held
from leakaudit.i2p_bed import NAMES, ROUTER, WIRE
from leakaudit.matrix import FILE, MAY, MUST, NEVER, Matrix, Setting
from leakaudit.packets import Datagram, Endpoint
from leakaudit.purposes import Ends, purpose
from test_leakaudit_verdict import flow
from trapezoid import identities

PLAN = run.Plan(identities.named("privasip-2-ecies"), network="i2p", wire="namespaces")
ENDS = Ends("10.0.0.1:5070", "10.0.0.1:5080", "/run/status.sock", "/lab/sam.sock", "10.0.0.1:5090")
PHONE = Ends("10.0.0.2:5060", "10.0.0.2:5062", "/run/phone.sock", home="10.0.0.1:5090")


class Purposes(unittest.TestCase):
    def test_all_that_it_is_for(self):
        for held, what in ((Held("unix", remote="/lab/sam.sock"), "SAM of its own router"),
                           (Held("unix", "/run/status.sock", listening=True), "status"), (Held("udp", "10.0.0.1:5070"), "phone side"),
                           (Held("tcp", "10.0.0.1:5070", listening=True), "phone side"),
                           (Held("tcp", "10.0.0.1:40000", "10.0.0.1:5080"), "phone side"),
                           (Held("tcp", "10.0.0.1:5090", "10.0.0.2:40000"), "LAN")):
            self.assertEqual(what, purpose(held, ENDS), held)
        self.assertEqual("LAN", purpose(Held("tcp", "10.0.0.2:40000", "10.0.0.1:5090"), PHONE))

    def test_nothing_else(self):
        for held in (Held("udp", "10.0.0.1:40000", "10.0.0.9:53"), Held("udp", "10.0.0.1:40000"),
                     Held("udp", "10.0.0.1:5070", "10.0.0.9:53"),
                     Held("tcp", "10.0.0.1:40000", "10.0.0.2:5090"), Held("tcp", "10.0.0.1:40000", "10.0.0.1:7656"),
                     Held("unix", remote="/other/sam.sock"), Held("unix", remote="/run/nscd/socket"), Held("unix"), Held("netlink"),
                     Held("raw"), Held("tcp", "0.0.0.0:8080", listening=True)):
            self.assertEqual("", purpose(held, ENDS), held)
        for held in (Held("unix", remote="/lab/sam.sock"), Held("unix"), Held("tcp", "10.0.0.2:40000", "10.0.0.3:5090")):
            self.assertEqual("", purpose(held, PHONE), held)


class Packets(unittest.TestCase):
    def test_where_they_belong(self):
        sam = Endpoint("127.0.1.20", SAM_PORT)
        routers = Endpoint("198.18.88.10", TRANSPORT_PORT), Endpoint("198.18.88.20", 40000)
        self.assertEqual([ROUTER, ROUTER, WIRE, WIRE], [i2p_bed.place_at_routers(*ends) for ends in (
            (Endpoint("127.0.0.1", 40000), sam), (sam, Endpoint("127.0.0.1", 40000)), routers, routers[::-1])])
        for ends in ((Endpoint("127.0.0.1", 40000), Endpoint("127.0.0.53", 53)), (routers[1], Endpoint("198.18.88.20", 53)),
                     (routers[0], Endpoint("192.0.2.1", TRANSPORT_PORT))):
            self.assertEqual("elsewhere", i2p_bed.place_at_routers(*ends), ends)

    def test_the_kernel_is_no_stranger_but_mdns_is(self):
        link, multicast = Endpoint("fe80::1", 0), Endpoint("ff02::2", 0)
        self.assertTrue(i2p_bed.of_kernel(Datagram(1, 1.0, "ip-58", link, multicast, b"")))
        self.assertFalse(i2p_bed.of_kernel(Datagram(1, 1.0, "udp", Endpoint("fe80::1", 5353), Endpoint("ff02::fb", 5353), b"")))
        self.assertFalse(i2p_bed.of_kernel(Datagram(1, 1.0, "ip-58", link, Endpoint("2001:db8::1", 0), b"")))

    def test_what_is_told(self):
        source, resolver = Endpoint("10.0.0.1", 40000), Endpoint("192.0.2.53", 53)
        asked = [Datagram(number, 1.0, "udp", source, resolver, b"") for number in (7, 8)]
        self.assertEqual(["2 packets (udp) from 10.0.0.1 to 192.0.2.53:53, where nothing has to go; the first is frame 7"],
                         i2p_bed.told(asked))


class Expected(unittest.TestCase):
    def test_of_this_network_only(self):
        self.assertFalse({ROUTER, WIRE} & set(Matrix(FILE, Setting("privasip-2", "home", "real")).vantages))
        table = Matrix(FILE, Setting("privasip-2", "home", "real", "i2p"))
        self.assertEqual(len(table.facts) * len(table.vantages), len(table.cells))
        found = {kind: [vantage for vantage in table.vantages if table.cells[NAMES, vantage].expected == kind] for kind in (MUST, MAY)}
        self.assertEqual({MUST: [ROUTER], MAY: ["sipveil-logs"]}, found)
        self.assertEqual({NEVER}, {table.cells[fact, WIRE].expected for fact in table.facts})


class Verdicts(unittest.TestCase):
    def record(self, extra=(), plan=PLAN, without=()):
        """A run in which everybody learnt what he must; `extra`: (vantage, text) that was seen besides."""
        table = Matrix(FILE, verdict.setting_of(plan))
        canaries = [Canary(f"the {fact}", f"zqxk{fact.replace('-', '')}", fact) for fact in table.facts]
        record = run.Record(plan, canaries, {"a call": "completed"}, sockets={"sipveil-a": {"SAM of its own router": 3}})
        links = ("tunnel", "callee-link") if plan.direction == "a>b" else ("tunnel", "caller-link")
        for vantage in table.vantages:
            if vantage in links or vantage in without:
                continue
            seen_here = (vantage, *links) if vantage == ROUTER else (vantage,)
            texts = [one.text for one in canaries if any(table.cells[one.fact, where].expected == MUST for where in seen_here)]
            texts += [text for where, text in extra if where == vantage]
            seen = record.evidence[vantage] = evidence.Evidence(vantage, lambda time: "a call")
            if vantage.endswith(("-log", "-db", "logs", "-wire")):
                seen.add_file("log", "\n".join(["nothing", *texts]).encode(), [(0, "a call")])
            elif vantage != "elsewhere" or texts:
                seen.add_flow(flow(texts))
        return record

    def test_clean_in_both_directions(self):
        for direction in ("a>b", "b>a"):
            plan = verdict.dataclasses.replace(PLAN, direction=direction)
            judged = verdict.judge(self.record(plan=plan))
            self.assertEqual(([], [], [], []), (judged.leaks, judged.differences, judged.problems, judged.links), direction)
            self.assertNotIn("tunnel", judged.matrix.vantages)
            self.assertIn("sockets of sipveil-a: 3 SAM of its own router", report.text(judged))

    def test_a_name_outside_of_sam(self):
        for vantage in ("caller-phone", "callee-phone", "caller-link", "caller-proxy", "callee-log", "elsewhere", WIRE):
            (leak,) = verdict.judge(self.record([(vantage, "zqxki2pnames")])).leaks
            self.assertEqual((vantage, NAMES), (leak.vantage, leak.fact))

    def test_what_the_router_may_not_see_and_what_is_on_the_wire(self):
        for vantage, fact in ((ROUTER, "caller-user"), (ROUTER, "callee-user"), (ROUTER, "caller-device"), (WIRE, "message-text")):
            (leak,) = verdict.judge(self.record([(vantage, f"zqxk{fact.replace('-', '')}")])).leaks
            self.assertEqual((vantage, fact), (leak.vantage, leak.fact))

    def test_nothing_was_looked_at(self):
        for vantage in (ROUTER, WIRE):
            self.assertTrue(verdict.judge(self.record(without=(vantage,))).problems, vantage)


if __name__ == "__main__":
    unittest.main()
