import json
import pathlib
import tempfile
import threading
import unittest

from callrun.errors import RunError
from delaytables import record, store
from delaytables.store import Store

A, B = "tor-exit/paper/sip/fresh", "i2p/paper/sip/fresh"


def asked(calls=3, **arguments):
    return {"command_line": "scripts/delay-tables",
            "arguments": {"calls": calls, "network": ["tor", "i2p"], "scheme": ["sip"], "profile": "paper", "seed": 1, **arguments},
            "profile": {"name": "paper", "relay_delay_ms": "20"}, "machine": {"cpu": "x", "cores": 2},
            "versions": {"sipveil": "0.1", "binary": "abc", "tor": "0.4"},
            "rows": [{"name": name, "wanted": calls} for name in (A, B)]}


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name) / "out"

    def store(self, *arguments, **named):
        found = Store(self.out, asked(*arguments, **named))
        self.addCleanup(found.close)
        return found

    def text(self, name):
        return (self.out / name).read_text(encoding="utf-8")

    def refusal(self, *arguments, **named):
        with self.assertRaises(RunError) as caught:
            Store(self.out, asked(*arguments, **named))
        return str(caught.exception)


class Writing(Folder):
    def test_calls_are_numbered_within_their_row_and_written_at_once(self):
        found = self.store()
        for row in (A, B, A):
            found.add_call(record.Call(complete=1, invite_to_180_s=1.5), row)
        self.assertEqual(",".join(record.COLUMNS), self.text("calls.csv").splitlines()[0])
        self.assertEqual([(A, 1), (A, 2)], [(call.row, call.number) for call in store.calls(self.out)[A]])
        self.assertEqual({A: 1, B: 2}, found.missing())

    def test_raw_round_trips_are_numbered_for_each_path(self):
        found = self.store()
        found.add_raw("tor-exit", "paper", 10.0, 0.5, 0.25)
        found.add_raw("tor-exit", "phones", 11.0, 0.5, None)
        found.add_raw("tor-exit", "paper", 12.0, 0.5, 0.25)
        self.assertEqual(["tor-exit,paper,1,10.000,0.500000,0.250000,0.750000", "tor-exit,phones,1,11.000,0.500000,,0.500000",
                          "tor-exit,paper,2,12.000,0.500000,0.250000,0.750000"], self.text("raw.csv").splitlines()[1:])

    def test_lines_of_several_threads_do_not_mix(self):
        found = self.store(200)
        threads = [threading.Thread(target=lambda row=row: [found.add_call(record.Call(complete=1), row) for _ in range(100)])
                   for row in (A, B, A)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        calls = store.calls(self.out)
        self.assertEqual(list(range(1, 201)), [call.number for call in calls[A]])
        self.assertEqual(list(range(1, 101)), [call.number for call in calls[B]])

    def test_a_register_test_replaces_that_of_the_same_way(self):
        found = self.store()
        found.add_register([("tor-exit", 1, "0.0", 200, "0.5"), ("tor-exit with challenge", 1, "0.0", 200, "0.9")])
        found.add_register([("i2p", 1, "0.0", "", "")])
        found.add_register([("tor-exit", 1, "0.0", 200, "0.7"), ("tor-exit with challenge", 1, "0.0", 200, "0.8")])
        self.assertEqual(["i2p,1,0.0,,", "tor-exit,1,0.0,200,0.7", "tor-exit with challenge,1,0.0,200,0.8"],
                         self.text("register.csv").splitlines()[1:])

    def test_problems_are_forgotten_with_what_had_them(self):
        found = self.store()
        found.problem(A, "no bed")
        found.problem(B, "no bed")
        found.forget_problems(A)
        self.assertEqual([f"{B}: no bed"], store.read(self.out)["problems"])


class Resuming(Folder):
    def interrupted(self):
        with Store(self.out, asked()) as found:
            found.add_call(record.Call(complete=1, invite_to_180_s=1.5), A)
            found.add_call(record.Call(answer=503), A)
            found.done("register tor-exit")

    def test_it_goes_on_where_it_ended(self):
        self.interrupted()
        found = self.store()
        self.assertTrue(found.resumed)
        self.assertEqual({A: 1, B: 3}, found.missing())
        self.assertTrue(found.is_done("register tor-exit"))
        found.add_call(record.Call(complete=1), A)
        self.assertEqual([1, 2, 3], [call.number for call in store.calls(self.out)[A]])

    def test_a_line_that_was_cut_off_is_taken_away(self):
        self.interrupted()
        with open(self.out / "calls.csv", "a", encoding="utf-8") as file:
            file.write(f"{A},3,17000")
        found = self.store()
        self.assertEqual(1, found.missing()[A])
        found.add_call(record.Call(complete=1), A)
        self.assertEqual([2, 3], [call.number for call in store.calls(self.out)[A]][-2:])

    def test_a_header_that_was_cut_off_is_written_anew(self):
        self.interrupted()
        (self.out / "raw.csv").write_text("way,topo", encoding="utf-8")
        self.store().add_raw("i2p", "paper", 1.0, 0.5, None)
        self.assertEqual([",".join(store.RAW_COLUMNS), "i2p,paper,1,1.000,0.500000,,0.500000"], self.text("raw.csv").splitlines())

    def test_more_calls_than_before_may_be_asked_for(self):
        self.interrupted()
        found = self.store(10)
        self.assertEqual({A: 8, B: 10}, found.missing())
        self.assertEqual(10, store.read(self.out)["arguments"]["calls"])

    def test_fewer_calls_may_not(self):
        self.interrupted()
        self.assertIn("calls was 3, now 2", self.refusal(2))

    def test_what_would_make_calls_incomparable_is_named(self):
        self.interrupted()
        before = self.text("run.json")
        said = self.refusal(network=["tor"], seed=2)
        self.assertIn("network was tor,i2p, now tor; seed was 1, now 2", said)
        self.assertIn("choose another --out", said)
        other = asked()
        other["versions"]["binary"] = "def"
        with self.assertRaisesRegex(RunError, "versions binary was abc, now def"):
            Store(self.out, other)
        self.assertEqual(before, self.text("run.json"))

    def test_time_adds_up(self):
        self.interrupted()
        run = json.loads(self.text("run.json"))
        started = run["started"]
        (self.out / "run.json").write_text(json.dumps({**run, "took_s": 100.0, "finished": "then"}), encoding="utf-8")
        found = self.store()
        self.assertIsNone(store.read(self.out)["finished"])
        found.finish()
        after = store.read(self.out)
        self.assertGreaterEqual(after["took_s"], 100.0)
        self.assertEqual(started, after["started"])
        self.assertIsNotNone(after["finished"])


class Refusals(Folder):
    def test_a_folder_with_other_files(self):
        self.out.mkdir()
        (self.out / "thesis.txt").touch()
        self.assertIn("holds other files", self.refusal())
        self.assertEqual(["thesis.txt"], [file.name for file in self.out.iterdir()])

    def test_a_folder_in_use(self):
        found = self.store()
        self.assertIn("another delay-tables works on", self.refusal())
        found.close()
        self.store()

    def test_a_file_in_its_place(self):
        self.out.write_text("", encoding="utf-8")
        self.assertIn("--out", self.refusal())

    def test_other_columns(self):
        self.store().close()
        (self.out / "calls.csv").write_text("row,number\n", encoding="utf-8")
        self.assertIn("other columns", self.refusal())

    def test_no_run(self):
        with self.assertRaisesRegex(RunError, "no run of delay-tables"):
            store.read(self.out)
