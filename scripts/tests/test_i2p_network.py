import contextlib
import pathlib
import tempfile
import tomllib
import unittest
from unittest import mock

from callrun import calls, networks, report
from callrun.i2p_network import I2pNetwork
from callrun.network import RawTimes
from callrun.placing import Result
from callrun.settings import Settings
from callrun.sipp_log import CallTrace
from labnet.sam import host_of
from test_sam_record import HELLO, destination, message


class Lab:
    """A stand-in for a lab that is up."""

    def socket_path(self, user, what):
        return pathlib.Path(f"/lab/{user}/{what}.sock")


class Network(unittest.TestCase):
    def test_what_bridges_are_told(self):
        network = I2pNetwork(Lab(), None, 1)
        settings = Settings("127.0.0.1:1", **network.outward("alice"), **network.inward("alice", None))
        read = tomllib.loads(settings.toml("/state"))
        self.assertEqual({"sam": "unix:/lab/alice/sam.sock", "tunnel_length": 1}, read["i2p"])
        self.assertEqual({"tunnel_length": 1}, read["destination"])

    def test_how_others_reach_it(self):
        network, status = I2pNetwork(Lab()), {"i2p": {"destination": "x.b32.i2p", "reachable": False}}
        self.assertEqual(("i2p:x.b32.i2p", ""), (network.name_of(status), network.address(status)))
        status["i2p"]["reachable"] = True
        self.assertEqual("i2p:x.b32.i2p", network.address(status))

    def test_a_name_is_made_before_its_owner_starts(self):
        public = destination(b"a")
        with tempfile.TemporaryDirectory() as folder, mock.patch("labnet.sam.generate", return_value=(public, public + "secret")) as asked:
            state = pathlib.Path(folder) / "state"
            self.assertEqual(f"i2p:{host_of(public)}", I2pNetwork(Lab()).made_name("bob", state))
            asked.assert_called_once_with(pathlib.Path("/lab/bob/sam.sock"))
            self.assertEqual(public + "secret", (state / "i2p_destination").read_text(encoding="ascii"))
            self.assertEqual(0o600, (state / "i2p_destination").stat().st_mode & 0o777)

    def test_calls_by_one_proxy_share_its_session(self):
        self.assertTrue(I2pNetwork(Lab()).one_each)
        self.assertFalse(I2pNetwork(Lab(), "http").one_each)

    def test_by_name(self):
        class Silent:
            def say(self, line):
                pass
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(3, networks.made("i2p", folder, Silent(), None, 3).tunnel_length)
            self.assertEqual("exit", networks.made("tor", folder, Silent(), "exit").path)


class Evidence(unittest.TestCase):
    """What bob's router hands over to his bridge is all that is believed."""

    def evidence(self, links):
        """links: (letter of the destination, Call-IDs on the stream)."""
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            record = folder / "sam-of-bob"
            record.mkdir()
            for number, (letter, names) in enumerate(links):
                (record / f"{number}.out").write_bytes(b"HELLO VERSION MIN=3.0 MAX=3.1\nSTREAM ACCEPT ID=x SILENT=false\n")
                (record / f"{number}.in").write_bytes(HELLO + f"STREAM STATUS RESULT=OK\n{destination(letter)}\n".encode() + b"".join(
                    message("INVITE sip:b SIP/2.0", f"{name} on the wire") for name in names))
            traces = [CallTrace(name, 1.0, 1.1, 1.5, 1.5, 1.5, 1.5, 2.0) for _, names in links for name in names]
            status = {"calls": [{"call": calls.digest(name), "wire": calls.digest(f"{name} on the wire"), "outbound": True,
                                 "link_ready_ms": 0.1, "source": "standby", "moved": 0} for _, names in links for name in names]}
            return I2pNetwork(Lab()).witness(folder).evidence(traces, status, {"calls": []}, None, True)

    def test_each_call_from_a_destination_of_its_own(self):
        evidence = self.evidence([(b"a", ["c1"]), (b"b", ["c2"]), (b"c", [])])
        self.assertEqual(2, evidence.distinct)
        self.assertEqual([host_of(destination(letter)).partition(".")[0] for letter in (b"a", b"b")],
                         [call.carrier.name for call in evidence.calls])

    def test_two_calls_on_a_stream_or_two_streams_of_a_destination_do_not_count(self):
        self.assertEqual(1, self.evidence([(b"a", ["c1", "c2"]), (b"b", ["c3"])]).distinct)
        self.assertEqual(1, self.evidence([(b"a", ["c1"]), (b"a", []), (b"b", ["c3"])]).distinct)

    def test_report(self):
        network = I2pNetwork(Lab())
        result = Result(self.evidence([(b"a", ["c1"])]), RawTimes([0.4, 0.4], [0.4]), "")
        figures = report.as_json(result, 1, network, {})
        self.assertEqual((1, 1, "i2p", "destination"),
                         tuple(figures[name] for name in ("completed", "distinct_sessions", "network", "path")))
        self.assertEqual(1.25, figures["ratio_to_raw_median"]["median"])
        self.assertEqual("1 of 1 calls complete, 1 distinct sessions", report.text(result, figures, network).splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
