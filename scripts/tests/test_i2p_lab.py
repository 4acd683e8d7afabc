import os
import pathlib
import tempfile
import time
import unittest
import unittest.mock
import zipfile

from labnet import i2p_keys, i2p_start, i2p_topology, processes
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.i2p_lab import I2pLab
from labnet.settings import Settings
from labnet.tor_lab import TorLab


class I2pLabWithoutI2pd(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_an_empty_folder_is_down(self):
        self.assertEqual({"network": "i2p", "dir": str(self.folder), "state": "down"}, I2pLab(self.folder).status())

    def test_settings_survive_and_are_not_those_of_another_network(self):
        nodes = i2p_topology.build(["a"], "198.18.88", 20, i2p_topology.Size(6))
        kept = Settings(["a"], HopDelay.of(20), "namespaces", nodes, i2p_topology.Size(6), "i2p")
        kept.save(self.folder)
        self.assertEqual(kept, Settings.load(self.folder))
        self.assertEqual(10.0, I2pLab(self.folder).node("a").delay_ms)
        with self.assertRaisesRegex(LabError, "of network i2p"):
            TorLab(self.folder)

    def test_wires_that_cannot_do_it_are_refused_before_anything_starts(self):
        for wire, delay, complaint in (("loopback", 0, "no wire"), ("relays", 20, "no wire"), ("shared", 20, "has no delay")):
            with self.assertRaisesRegex(LabError, complaint):
                I2pLab(self.folder).up(wire=wire, hop_delay=delay)
        self.assertEqual([], list(self.folder.iterdir()))

    def test_without_i2pd_it_says_what_mends_it(self):
        with unittest.mock.patch("shutil.which", return_value=None), self.assertRaisesRegex(LabError, "scripts/setup"):
            i2p_start.start(None, [], print)

    def test_names_of_users_are_checked(self):
        for users in (["router0"], ["guest"], ["gate.alice"], ["alice", "alice"]):
            with self.assertRaisesRegex(LabError, "cannot name a user"):
                I2pLab(self.folder).up(users=users)

    def test_down_keeps_the_keys_and_nothing_else(self):
        for name in ("i2p-keys", "i2p-keys.new", "nodes"):
            (self.folder / name).mkdir()
        for name in ("ready", "seed.zip", "first_echo_s"):
            (self.folder / name).touch()
        I2pLab(self.folder).down()
        self.assertEqual(["i2p-keys"], [entry.name for entry in self.folder.iterdir()])

    def test_a_router_is_known_by_its_command_line(self):
        command = processes.i2pd_command(self.folder / "nodes" / "alice")
        self.assertEqual("alice", processes._node_of(command, f"{self.folder}/nodes/"))
        self.assertEqual("alice", processes._node_of(["nsenter", "--net=/proc/1/ns/net", *command], f"{self.folder}/nodes/"))
        self.assertIsNone(processes._node_of(["tail", "-f", f"{self.folder}/nodes/alice/i2pd.log"], f"{self.folder}/nodes/"))

    def test_memory_of_a_process(self):
        self.assertGreater(processes.resident_kib(os.getpid()), 1000)
        self.assertIsNone(processes.resident_kib(None))


class Keys(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.keys = self.folder / "i2p-keys"
        self.nodes = i2p_topology.build([], "198.18.88", 0, i2p_topology.Size(2))[:2]
        made = {node.name: self.make(node) for node in self.nodes}
        i2p_keys.keep(self.keys, made)

    def make(self, node, published=None):
        folder = self.folder / f"made-{node.name}"
        folder.mkdir(exist_ok=True)
        for file in ("router.keys", "ntcp2.keys", "ssu2.keys"):
            (folder / file).write_bytes(b"key of " + node.name.encode())
        identity = node.name.encode().ljust(384, b"\0") + b"\x05\x00\x04" + b"\x00\x07\x00\x04"
        stamp = int((published or time.time()) * 1000).to_bytes(8, "big")
        address = node.address.encode()
        (folder / "router.info").write_bytes(identity + stamp + b"NTCP2 " + address + b" SSU2 " + address)
        return folder

    def test_are_kept_for_the_same_routers_only(self):
        self.assertTrue(i2p_keys.have(self.keys, self.nodes))
        self.assertFalse(i2p_keys.have(self.keys, self.nodes[:1]))
        self.assertFalse(i2p_keys.have(self.folder / "none", self.nodes))
        moved = i2p_topology.build([], "198.18.99", 0, i2p_topology.Size(2))[:2]
        self.assertFalse(i2p_keys.have(self.keys, moved))

    def test_descriptions_that_others_would_take_for_outdated_are_made_again(self):
        for published in (time.time() - 13 * 3600, time.time() + 3600):
            folders = {node.name: self.make(node, published) for node in self.nodes}
            i2p_keys.keep(self.keys, folders)
            self.assertFalse(i2p_keys.have(self.keys, self.nodes))

    def test_a_router_that_has_not_described_both_transports_is_not_ready(self):
        node = self.nodes[0]
        folder = self.make(node)
        self.assertTrue(i2p_keys.made(folder, node))
        info = folder / "router.info"
        info.write_bytes(info.read_bytes().replace(b"SSU2", b"xxxx"))
        self.assertFalse(i2p_keys.made(folder, node))

    def test_seed_holds_stored_descriptions_named_by_hash(self):
        seed = self.folder / "seed.zip"
        i2p_keys.write_seed(self.keys, [node.name for node in self.nodes], seed)
        with zipfile.ZipFile(seed) as archive:
            self.assertEqual({f"routerInfo-{i2p_keys.router_hash(self.keys / node.name)}.dat" for node in self.nodes},
                             set(archive.namelist()))
            self.assertEqual({zipfile.ZIP_STORED}, {member.compress_type for member in archive.infolist()})


if __name__ == "__main__":
    unittest.main()
