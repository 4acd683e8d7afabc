import dataclasses
import json
import pathlib
import tempfile
import types
import unittest
from unittest import mock

from callrun.errors import RunError
from delaytables import audited, circuit_times, criteria, crossing, findings
from delaytables.audited import PLAIN, Audit, Material
from delaytables.record import COLUMNS, Call
from labnet.errors import LabError
from leakaudit.packets import Endpoint
from trapezoid import look

SCHEMES = ("sip", "privasip-2-ecies")
EVERYWHERE = ("caller-phone", "caller-link", "caller-proxy", "caller-log", "caller-db", "tunnel", "callee-proxy", "callee-log", "callee-db",
              "callee-link", "callee-phone")
# What PrivaSIP-2 promises.
SEALED = {("caller-user", at) for at in ("caller-phone", "caller-proxy", "caller-log", "caller-db")} | {
    ("callee-user", at) for at in ("callee-phone", "callee-proxy", "callee-log", "callee-db")} | {
    ("caller-device", "caller-phone"), ("callee-device", "callee-phone")}
CLEAR = {(f"{who}-user", at) for who in ("caller", "callee") for at in EVERYWHERE} | SEALED


def audit(found, title="x", seen=EVERYWHERE, links=(), problems=(), sockets=None):
    return Audit(title, 322, frozenset(found), {at: {"bytes": 20_000} for at in seen}, list(links), list(problems), sockets or {})


def looked(lan, tunnel, phone=700):
    return look.Look([look.Station("phone", "", "", "", "", phone), look.Station(look.LAN, "", "", "", "", lan),
                      look.Station(look.TUNNEL, "", "", "", "", tunnel)])


def material():
    plain_at = [at for at in EVERYWHERE if not at.endswith(("-phone", "proxy"))]
    plain = {(fact, at) for fact in ("caller-user", "callee-user", "caller-device", "callee-device") for at in plain_at}
    over = {("caller-user", at) for at in ("links", "local-i2p-router")}
    return Material(
        {PLAIN: audit(plain, PLAIN, plain_at, problems=["caller-proxy: not a single SIP message was seen"]), "sip": audit(CLEAR),
         "privasip-2-ecies": audit(SEALED)},
        {"privasip-2-ecies": audit({("caller-user", "caller-phone"), ("callee-user", "callee-phone")})},
        {"sip": looked(1000, 1100), "privasip-2-ecies": looked(1500, 1450)},
        {"tor": audit(over, "sip over tor", ("elsewhere", "links")),
         "i2p": audit(over, "sip over i2p", ("i2p-wire", "local-i2p-router", "caller-link"),
                      sockets={"phone-a": {"LAN": 1}, "phone-b": {"SAM of its own router": 2}})},
        {PLAIN: crossing.Crossing(7, 24, {"phone-a": [], "phone-b": []}),
         "tor": crossing.Crossing(0, 90, {"phone-a": ["sipveil"], "phone-b": ["sipveil", "tor"]})})


def cells(made, name, networks=("tor", "i2p"), times=None):
    table = criteria.table(made, networks, SCHEMES, times or {})
    return [table["cells"][column["name"]][name]["value"] for column in table["columns"]]


def change(made, column, **changes):
    made.audits[column] = dataclasses.replace(made.audits[column], **changes)
    return made


class Table(unittest.TestCase):
    def test_each_cell_has_a_value_and_tells_what_measured_it(self):
        table = criteria.table(material(), ("tor", "i2p"), SCHEMES, {})
        self.assertEqual([PLAIN, *SCHEMES], [one["name"] for one in table["columns"]])
        names = [one["name"] for one in table["criteria"]]
        self.assertEqual(len(names), len(set(names)))
        for column in table["cells"].values():
            self.assertEqual(names, list(column))
            for cell in column.values():
                self.assertTrue(cell["value"] and cell["from"])
        self.assertEqual("leak audit, x, 322 canaries, found at vantage points callee-proxy and callee-log",
                         table["cells"]["privasip-2-ecies"]["callee-name-to-callee-proxy"]["from"])
        self.assertTrue(table["left_out"])
        json.dumps(table)

    def test_rows_for_the_networks_asked_for(self):
        names = [one["name"] for one in criteria.table(material(), ("tor",), SCHEMES, {})["criteria"]]
        self.assertIn("readable-tor", names)
        self.assertNotIn("readable-i2p", names)

    def test_nothing_was_had(self):
        made = Material(problems=["no namespaces"])
        table = criteria.table(made, ("tor", "i2p"), SCHEMES, {})
        self.assertEqual(["no namespaces"], table["problems"])
        values = {cell["value"] for column in SCHEMES for cell in table["cells"][column].values()}
        self.assertEqual({findings.UNKNOWN, "no such view"}, values)


class Names(unittest.TestCase):
    def test_who_learns_them(self):
        self.assertEqual(["yes", "yes", "no"], cells(material(), "caller-name-to-callee-proxy"))
        self.assertEqual(["yes", "yes", "yes"], cells(material(), "caller-name-to-caller-proxy"))
        self.assertEqual(["yes", "yes", "no"], cells(material(), "callee-name-to-lan"))
        self.assertEqual(["yes", "yes", "no"], cells(material(), "caller-name-to-callee"))

    def test_a_single_place_is_enough(self):
        made = change(material(), "privasip-2-ecies", found=frozenset(SEALED | {("caller-user", "callee-log")}))
        self.assertEqual("yes", cells(made, "caller-name-to-callee-proxy")[2])

    def test_no_takes_that_something_was_looked_at(self):
        without_log = [at for at in EVERYWHERE if at != "callee-log"]
        made = change(material(), "privasip-2-ecies", looked_at={at: {"bytes": 1} for at in without_log})
        self.assertEqual(findings.UNKNOWN, cells(made, "caller-name-to-callee-proxy")[2])
        self.assertEqual("no", cells(made, "caller-name-to-tunnel")[2])

    def test_no_takes_that_the_name_was_said(self):
        made = change(material(), "privasip-2-ecies", found=frozenset(SEALED - {("caller-user", "caller-phone")}))
        self.assertEqual(findings.UNKNOWN, cells(made, "caller-name-to-callee-proxy")[2])
        made = change(material(), PLAIN, found=frozenset())
        self.assertEqual(findings.UNKNOWN, cells(made, "caller-name-to-callee")[0])

    def test_no_takes_a_run_without_problems(self):
        made = change(material(), "privasip-2-ecies", problems=["3 packets were lost"])
        self.assertEqual(findings.UNKNOWN, cells(made, "caller-name-to-tunnel")[2])
        self.assertEqual("yes", cells(made, "caller-name-to-caller-proxy")[2])

    def test_what_proxies_keep(self):
        self.assertEqual(["caller and callee", "caller and callee", "caller"], cells(material(), "caller-proxy-keeps"))
        self.assertEqual(["caller and callee", "caller and callee", "callee"], cells(material(), "callee-proxy-keeps"))
        self.assertEqual(["no such view", "no such view", "nobody"], cells(material(), "caller-proxy-keeps-pseudonyms"))

    def test_devices(self):
        self.assertEqual(["yes", "no", "no"], cells(material(), "caller-device-to-callee"))
        self.assertEqual(["yes", "no", "no"], cells(material(), "callee-device-to-caller"))


class Links(unittest.TestCase):
    def test_by_names(self):
        both = "yes, by the caller's name and the callee's name"
        self.assertEqual([both, both, "no"], cells(material(), "calls-linked"))
        self.assertEqual([both, both, "no"], cells(material(), "proxies-linked"))
        made = change(material(), "privasip-2-ecies", found=frozenset(SEALED | {("callee-user", "caller-log")}))
        self.assertEqual("yes, by the callee's name", cells(made, "proxies-linked")[2])

    def test_by_words(self):
        made = change(material(), "privasip-2-ecies", links=[{"what": "2 calls at tunnel"}])
        self.assertEqual(["yes, by 1 made-up words", "no"], [cells(made, name)[2] for name in ("calls-linked", "proxies-linked")])
        made = change(material(), "privasip-2-ecies", links=[{"what": "caller-proxy and callee-proxy"}])
        self.assertEqual(["no", "yes, by 1 made-up words"], [cells(made, name)[2] for name in ("calls-linked", "proxies-linked")])


class Networks(unittest.TestCase):
    def test_nothing_to_be_seen(self):
        for name in ("tor", "i2p"):
            self.assertEqual(["yes", "no", "no"], cells(material(), f"addresses-{name}"))
            self.assertEqual(["yes", "no", "no"], cells(material(), f"readable-{name}"))

    def test_something_is(self):
        made = material()
        made.crossings["tor"] = dataclasses.replace(made.crossings["tor"], between=1)
        made.networks["tor"] = dataclasses.replace(made.networks["tor"], found=made.networks["tor"].found | {("caller-user", "elsewhere")})
        made.networks["i2p"] = audit({("caller-user", "local-i2p-router"), ("callee-user", "i2p-wire")}, seen=("i2p-wire", "caller-link", "tunnel"))
        for name in ("addresses-tor", "readable-tor", "addresses-i2p", "readable-i2p"):
            self.assertEqual("yes", cells(made, name)[1], name)

    def test_too_little_was_seen(self):
        made = material()
        made.crossings["tor"] = dataclasses.replace(made.crossings["tor"], within=0)
        made.networks["tor"] = dataclasses.replace(made.networks["tor"], looked_at={"elsewhere": {"bytes": 500}})
        made.networks["i2p"] = dataclasses.replace(made.networks["i2p"], problems=["4 packets (udp) from 10.89.0.11 to 10.89.0.12:53"])
        for name in ("addresses-tor", "readable-tor", "addresses-i2p", "readable-i2p"):
            self.assertEqual(findings.UNKNOWN, cells(made, name)[1], name)

    def test_what_was_said_plainly_must_be_seen_where_it_is_plain(self):
        made = material()
        made.networks["tor"] = dataclasses.replace(made.networks["tor"], found=frozenset())
        self.assertEqual(findings.UNKNOWN, cells(made, "readable-tor")[1])


class Costs(unittest.TestCase):
    def test_programs(self):
        self.assertEqual(["caller 0; callee 0", *["caller 1 (sipveil); callee 2 (sipveil, tor)"] * 2], cells(material(), "programs"))
        made = material()
        del made.crossings["tor"], made.networks["tor"]
        self.assertEqual("caller 1 (sipveil); callee 2 (sipveil, i2pd)", cells(made, "programs")[1])

    def test_bytes(self):
        self.assertEqual(["700", "1000 and 1100", "1500 and 1450 (+500, +350)"], cells(material(), "invite-bytes"))

    def calls(self, **rows):
        """calls.csv with these circuit_s, by the end of the row's name."""
        lines = [",".join(COLUMNS)]
        for kind, values in rows.items():
            row = f"tor-exit/paper/privasip-2-ecies/{kind}"
            lines += [",".join(Call(row, number, 1.0, 1, 200, 1.0, circuit_s=value, crypto_s=0.001 * number).line())
                      for number, value in enumerate(values, 1)]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "calls.csv"
            file.write_text("\n".join([*lines, "half,a,li"]) + "\n", encoding="utf-8")
            return circuit_times.read(file)

    def test_time_for_circuits(self):
        times = self.calls(fresh=[0.4, 0.5, 0.9], standby=[0.01, 0.02])
        self.assertEqual(["none", findings.UNKNOWN, "tor-exit 0.48 s"], cells(material(), "circuit-time-tor", times=times))
        self.assertEqual(findings.UNKNOWN, cells(material(), "circuit-time-i2p", times=times)[2])
        self.assertEqual("1.50 ms", cells(material(), "sealing-time", times=times)[2])
        self.assertEqual(findings.UNKNOWN, cells(material(), "circuit-time-tor", times=self.calls(fresh=[0.4]))[2])

    def test_without_the_file(self):
        self.assertEqual({}, circuit_times.read(pathlib.Path("/nowhere/calls.csv")))


class Gathering(unittest.TestCase):
    def test_what_the_command_tells(self):
        told = {"matrix": {"none, a>b": {"caller-user": {"tunnel": "yes", "caller-log": "-", "links": "LEAK", "callee-log": "MISSING"}}},
                "runs": [{"canaries": 5, "looked_at": {"tunnel": {"bytes": 7}}, "links": [], "problems": ["p"], "sockets": {}}]}
        one = Audit.of("x", told)
        self.assertEqual({("caller-user", "tunnel"), ("caller-user", "links")}, set(one.found))
        self.assertEqual((7, 0, ["p"]), (one.bytes_at("tunnel"), one.bytes_at("nowhere"), one.problems))

    def test_what_fails_is_a_problem_and_the_rest_goes_on(self):
        with tempfile.TemporaryDirectory() as name, mock.patch.multiple(
                audited, namespaces_available=lambda folder: True, Child=mock.Mock(side_effect=RunError("no verdict"))), \
                mock.patch.object(audited.run, "play", side_effect=LabError("no play")), \
                mock.patch.object(audited.look, "at", return_value=looked(1, 2)), \
                mock.patch.object(audited.crossing, "look", return_value=crossing.Crossing(1, 2, {})):
            made = audited.gather("sipveil", pathlib.Path(name) / "x", ("i2p",), SCHEMES, lambda sentence: None)
        self.assertEqual(["leak audit, plain: no play", "leak audit, sip: no play", "leak audit, privasip-2-ecies: no play",
                          "leak audit, privasip-2-ecies, view pseudonym: no play", "leak audit over i2p: no verdict"], made.problems)
        self.assertEqual((set(SCHEMES), {PLAIN}), (set(made.looks), set(made.crossings)))

    def test_without_namespaces(self):
        with tempfile.TemporaryDirectory() as name, mock.patch.object(audited, "namespaces_available", return_value=False):
            made = audited.gather("sipveil", pathlib.Path(name) / "x", ("tor",), SCHEMES, lambda sentence: None)
        self.assertEqual(1, len(made.problems))

    def test_the_audit_of_a_network_is_tried_twice(self):
        with tempfile.TemporaryDirectory() as name, mock.patch.object(audited, "Child") as child:
            folder, told = pathlib.Path(name), []
            child.return_value = mock.Mock(exit_code=1, last_words=lambda lines: "leak-audit:\na router ended")
            with self.assertRaisesRegex(RunError, "its last words: leak-audit: a router ended"):
                audited._NetworkAudit("sipveil", folder, "i2p", told.append).verdict()
            self.assertEqual((2, ["leak audit over i2p: once more, for a router ended"]), (child.call_count, told))
            command = child.call_args[0][1]
            self.assertIn("none", command)
            self.assertEqual("i2p", command[command.index("--network") + 1])

    def test_the_audit_of_a_network_that_is_ended_is_not_tried_again(self):
        with tempfile.TemporaryDirectory() as name, mock.patch.object(audited, "Child") as child:
            child.return_value = mock.Mock(exit_code=None, last_words=lambda lines: "interrupted")
            one = audited._NetworkAudit("sipveil", pathlib.Path(name), "i2p", self.fail)
            one.end()
            one.wait()
            self.assertEqual((1, 1), (child.call_count, child.return_value.stop.call_count))
            with self.assertRaises(RunError):
                one.verdict()


class Crossings(unittest.TestCase):
    def test_packets(self):
        sides = {"10.0.0.1": "a", "10.0.0.2": "a", "10.0.0.3": "b"}
        packets = [types.SimpleNamespace(source=Endpoint(source, 1), target=Endpoint(target, 2)) for source, target in (
            ("10.0.0.1", "10.0.0.2"), ("10.0.0.2", "10.0.0.3"), ("10.0.0.3", "10.0.0.1"), ("10.0.0.3", "10.0.0.3"), ("10.0.0.1", "ff02::2"))]
        self.assertEqual((2, 2), crossing.counted(packets, sides))

    def test_programs(self):
        def part(kind, node, running=True):
            one = mock.Mock(spec=kind) if kind else mock.Mock()
            one.node, one.running = node, running
            return one
        parts = {"kamailio-b": part(None, "proxy-b"), "sipveil-b": part(crossing.Sipveil, "proxy-b"), "phone-b": part(crossing.Sipveil, "phone-b"),
                 "phone-a": part(crossing.Sipveil, "phone-a")}
        bed = types.SimpleNamespace(parts=parts)
        network = types.SimpleNamespace(lab=types.SimpleNamespace(pid=lambda name: 7), program=("Tor", ()))
        self.assertEqual((["sipveil"], ["sipveil", "tor"]), tuple(crossing.programs_beside(bed, f"phone-{side}", network) for side in "ab"))
        parts["phone-b"].running = False
        self.assertEqual([], crossing.programs_beside(bed, "phone-b", network))
