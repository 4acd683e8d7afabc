import pathlib
import shutil
import tempfile
import unittest

from labnet import processes, topology, wires
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.settings import Settings
from labnet.tor_lab import TorLab


class TorLabWithoutTor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_an_empty_folder_is_down(self):
        lab = TorLab(self.folder)
        self.assertEqual("down", lab.state())
        self.assertEqual(0, lab.down())
        self.assertEqual({"network": "tor", "dir": str(self.folder), "state": "down"}, lab.status())

    def test_down_finds_processes_whose_folder_was_removed(self):
        node = self.folder / "nodes" / "echo"
        node.mkdir(parents=True)
        processes.spawn(processes.echo_command(node / "echo.sock", "127.0.0.1", 0), node / "log", ready_line=True)
        shutil.rmtree(self.folder)
        self.addCleanup(self.folder.mkdir)  # for the clean-up of setUp
        self.assertEqual(1, TorLab(self.folder).down())
        self.assertEqual({}, processes.find(self.folder))

    def test_names_of_users_are_checked(self):
        for users in (["a/b"], ["relay0"], ["Alice"], ["alice", "alice"], [""]):
            with self.assertRaisesRegex(LabError, "cannot name a user"):
                TorLab(self.folder).up(users=users)

    def test_a_folder_too_long_for_sockets_is_refused_before_anything_starts(self):
        deep = self.folder / ("x" * 90)
        with self.assertRaisesRegex(LabError, "shorter"):
            TorLab(deep).up()
        self.assertFalse(deep.exists())

    def test_two_commands_do_not_work_on_one_folder(self):
        lab = TorLab(self.folder)
        with lab._locked(), self.assertRaisesRegex(LabError, "another command"):
            TorLab(self.folder).down()

    def test_only_namespaces_carry_jitter_and_loss(self):
        lab = TorLab(self.folder)
        for delay in (HopDelay(20.0, 20.0, jitter_ms=1.0), HopDelay(0.0, 0.0, loss_percent=1.0)):
            self.assertEqual([wires.Namespaces], lab._possible_wires(delay, None))
            with self.assertRaisesRegex(LabError, "has no delay|neither jitter nor loss"):
                lab.up(hop_delay=delay, wire="loopback")
        with self.assertRaisesRegex(LabError, "'relays' has neither jitter nor loss"):
            lab.up(hop_delay=HopDelay(20.0, 20.0, jitter_ms=1.0), wire="relays")

    def test_settings_keep_jitter_loss_and_the_seed_of_the_wire(self):
        delay = HopDelay(20.0, 20.0, 7, 2.0, 0.1)
        kept = Settings(["a"], delay, "namespaces", topology.build(["a"], "10.88.0", delay))
        kept.save(self.folder)
        self.assertEqual(kept, Settings.load(self.folder))
        self.assertEqual(7, Settings.load(self.folder).wire(self.folder).seed)

    def test_settings_survive_and_a_cut_off_file_counts_as_none(self):
        Settings(["a"], HopDelay.of("10-80"), "loopback", topology.build(["a"], "127.80.1", "10-80")).save(self.folder)
        self.assertEqual("127.80.1.19", TorLab(self.folder).node("a").address)
        (self.folder / "lab.json").write_text('{"users": ["a"')
        with self.assertRaisesRegex(LabError, "no node 'a'"):
            TorLab(self.folder).node("a")

    def test_down_keeps_the_keys_and_nothing_else(self):
        for name in ("keys", "keys.new", "nodes"):
            (self.folder / name).mkdir()
        (self.folder / "ready").touch()
        TorLab(self.folder).down()
        self.assertEqual(["keys"], [entry.name for entry in self.folder.iterdir()])


if __name__ == "__main__":
    unittest.main()
