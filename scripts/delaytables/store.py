"""The folder of a run: what was asked for, and each measurement as soon as it is made, so that an interrupted run can go on."""
import collections
import csv
import datetime
import fcntl
import io
import json
import os
import pathlib
import threading
import time

from callrun.errors import RunError
from delaytables import record

CALLS, RAW, REGISTER, CRITERIA, RUN = "calls.csv", "raw.csv", "register.csv", "criteria.json", "run.json"
RAW_COLUMNS = ("way", "topology", "number", "started", "leg1_s", "leg2_s", "total_s")
REGISTER_COLUMNS = ("way", "number", "sent_s", "answer", "seconds")
# What must not change within a run, for its calls would not be comparable: {part of run.json: its keys}.
_MUST_STAY = {
    "arguments": ("network", "scheme", "topology", "way", "circuit", "profile", "seed", "lanes"),
    "profile": ("relay_delay_ms", "jitter_ms", "loss_percent", "lan_delay_ms"),
    "machine": ("cpu", "cores"),
    "versions": ("sipveil", "binary", "tor", "i2pd", "kamailio", "sipp"),
}
_LONGEST_PROBLEM = 500  # what SIPp says of a failure goes over pages


class Store:
    """The folder `directory`; close() lets others work on it. Any thread may add."""

    def __init__(self, directory, asked):
        """Begins a run, or goes on with the one that is there. asked: {"command_line", "arguments", "profile", "machine", "versions",
        "rows"} as run.json has them. RunError if there is another run."""
        self.directory = pathlib.Path(directory).absolute()
        self._lock = threading.RLock()
        self._begin = time.monotonic()
        self._files = {}
        self._hold()
        try:
            self.resumed = (self.directory / RUN).exists()
            self.run = self._resumed(asked) if self.resumed else self._new(asked)
            self._spent_s = self.run["took_s"]
            self._calls = collections.Counter(line["row"] for line in self._opened(CALLS, record.COLUMNS))
            self._raw = collections.Counter((line["way"], line["topology"]) for line in self._opened(RAW, RAW_COLUMNS))
            self._save()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with self._lock:
            for file in self._files.values():
                os.close(file)
            self._files.clear()
            if self._folder is not None:
                os.close(self._folder)
                self._folder = None

    # --- what is there ---

    def placed(self, row):
        """How many calls of the row of that name."""
        with self._lock:
            return self._calls[row]

    def missing(self):
        """{row name: calls that it still lacks}"""
        with self._lock:
            return {row["name"]: max(0, row["wanted"] - self._calls[row["name"]]) for row in self.run["rows"]}

    def is_done(self, what):
        """Whether done(what) was said, in this run or before it was interrupted."""
        with self._lock:
            return what in self.run["done"]

    # --- what comes ---

    def add_call(self, call, row):
        """A record.Call of the row of that name; fills in both and the number."""
        with self._lock:
            self._calls[row] += 1
            call.row, call.number = row, self._calls[row]
            self._append(CALLS, call.line())

    def add_raw(self, way, topology, started, leg1_s, leg2_s):
        with self._lock:
            self._raw[way, topology] += 1
            legs = [leg for leg in (leg1_s, leg2_s) if leg is not None]
            self._append(RAW, [way, topology, self._raw[way, topology], f"{started:.3f}",
                               *("" if leg is None else f"{leg:.6f}" for leg in (leg1_s, leg2_s, sum(legs)))])

    def done(self, what):
        """That need not be done again when the run goes on."""
        with self._lock:
            if what not in self.run["done"]:
                self.run["done"].append(what)
            self._save()

    def problem(self, whose, text):
        """For the report; `whose`: a row's name or another name of what had it."""
        with self._lock:
            self.run["problems"].append(f"{whose}: {' '.join(text.split())[:_LONGEST_PROBLEM]}")
            self._save()

    def forget_problems(self, whose):
        """Before it is tried again."""
        with self._lock:
            self.run["problems"] = [one for one in self.run["problems"] if not one.startswith(f"{whose}: ")]
            self._save()

    def add_register(self, rows):
        """All rows of one way's register test, in place of those that are there of these ways. Each as REGISTER_COLUMNS."""
        rows = [[str(field) for field in row] for row in rows]
        ways = {row[0] for row in rows}
        file = self.directory / REGISTER
        with self._lock:
            before = _whole_lines(file, REGISTER_COLUMNS) if file.exists() else []
            kept = [list(line.values()) for line in before if line["way"] not in ways]
            _write(file, _csv([REGISTER_COLUMNS, *kept, *rows]))

    def add_criteria(self, found):
        """What criteria.run() returned."""
        _write(self.directory / CRITERIA, json.dumps(found, indent=1) + "\n")

    def finish(self):
        with self._lock:
            self.run["finished"] = _now()
            self._save()

    def save(self):
        """With the time it took up to now."""
        with self._lock:
            self._save()

    # --- details ---

    def _hold(self):
        """One run at a time; the lock goes with the process that held it."""
        self._folder = None
        if self.directory.is_dir() and any(self.directory.iterdir()) and not (self.directory / RUN).exists():
            raise RunError(f"{self.directory} holds other files, and no run of delay-tables; choose another --out")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._folder = os.open(self.directory, os.O_RDONLY)
        except OSError as error:
            raise RunError(f"--out {self.directory}: {error.strerror}") from error
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._folder)
            raise RunError(f"another delay-tables works on {self.directory}; wait for it or end it") from error

    def _new(self, asked):
        return {**asked, "started": _now(), "finished": None, "took_s": 0.0, "problems": [], "done": []}

    def _resumed(self, asked):
        run = read(self.directory)
        differences = [f"{name} was {_shown(old)}, now {_shown(new)}" for name, old, new in _differences(run, asked)]
        before, now = run["arguments"]["calls"], asked["arguments"]["calls"]
        if now < before:
            differences.append(f"calls was {before}, now {now}, and only more are possible")
        if differences:
            raise RunError(f"{self.directory} holds a run that differs from this one: {'; '.join(differences)}. Ask for the same, or "
                           "choose another --out")
        return {**run, **{key: asked[key] for key in ("arguments", "rows", "command_line")}, "finished": None}

    def _opened(self, name, columns):
        """Opens the file for _append, without what a cut-off line left of itself; its lines as dicts."""
        file = self.directory / name
        lines = _whole_lines(file, columns) if file.exists() else []
        self._files[name] = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if os.fstat(self._files[name]).st_size == 0:
            self._append(name, columns)
        return lines

    def _append(self, name, fields):
        # One write, no buffer: a call is in the file once it is counted, whatever ends us.
        os.write(self._files[name], _csv([fields]).encode())

    def _save(self):
        self.run["took_s"] = round(self._spent_s + time.monotonic() - self._begin, 1) if hasattr(self, "_spent_s") else self.run["took_s"]
        _write(self.directory / RUN, json.dumps(self.run, indent=1) + "\n")


def read(directory):
    """run.json of a folder. RunError if there is none."""
    file = pathlib.Path(directory) / RUN
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{directory} holds no run of delay-tables: there is no {RUN}") from error
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read: {error}") from error


def calls(directory):
    """{row name: [record.Call]}"""
    found = {}
    for line in _whole_lines(pathlib.Path(directory) / CALLS, record.COLUMNS):
        found.setdefault(line["row"], []).append(record.Call.of(line))
    return found


def _differences(run, asked):
    for part, keys in _MUST_STAY.items():
        for key in keys:
            old, new = run[part].get(key), asked[part].get(key)
            if old != new:
                yield (key if part == "arguments" else f"{part} {key}"), old, new


def _shown(value):
    return ",".join(map(str, value)) if isinstance(value, list) else "unknown" if value is None else str(value)


def _whole_lines(file, columns):
    """The lines of a CSV file with that header; what is behind the last line end is cut off the file. RunError if it is another."""
    data = file.read_bytes()
    whole = data[:data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with open(file, "r+b") as handle:
            handle.truncate(len(whole))
    reader = csv.DictReader(io.StringIO(whole.decode("utf-8", "replace")))
    if whole and tuple(reader.fieldnames or ()) != tuple(columns):
        raise RunError(f"{file} has other columns than this delay-tables writes; choose another --out")
    lines = list(reader)
    if any(None in line or None in line.values() for line in lines):
        raise RunError(f"{file}: a line has not {len(columns)} fields; mend it or choose another --out")
    return lines


def _csv(lines):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _write(file, text):
    """All of it or nothing, whatever ends us."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, file)


def _now():
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
