"""scripts/test: runs the suites one after the other and adds up what they count.

A suite is a command whose last line is "N passed, N failed"; ctest is asked for its JUnit report instead. A suite that exits
with an error but counts no failure, or counts nothing, is one failure.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRESET = "asan"
_COUNT = re.compile(r"^(\d+) passed, (\d+) failed\b")


def main():
    options = _parse()
    # Undefined behaviour ends the test with a stack; leaks are failures.
    os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1")
    passed = failed = 0
    for name, suite in _suites(options):
        begin = time.monotonic()
        print(f"== {name}", flush=True)
        good, bad = suite()
        passed, failed = passed + good, failed + bad
        print(f"== {name}: {good} passed, {bad} failed ({time.monotonic() - begin:.0f} s)", flush=True)
        if name == "build" and bad:
            break
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/test", description="Builds with sanitizers and runs every test.")
    parser.add_argument("--unit", action="store_true", help="only the unit tests")
    parser.add_argument("--functional", action="store_true", help="only the functional tests")
    parser.add_argument("--filter", metavar="REGEX", help="only tests whose name matches; leaves out lint and golden tests")
    return parser.parse_args()


def _suites(options):
    """(name, function) in the order of running: what fails fastest comes first."""
    everything = not (options.unit or options.functional)
    program_filter = ["--filter", options.filter] if options.filter else []
    if everything and not options.filter:
        yield "lint", lambda: run_counted([ROOT / "scripts/lint", "--quick"])
    yield "build", _build
    if everything or options.unit:
        yield "scripts", lambda: run_counted(["/usr/bin/python3", "-B", ROOT / "scripts/tests/run.py", *program_filter])
        yield "unit", lambda: run_ctest(options.filter)
    binary = ["--binary", ROOT / f"build/{PRESET}/bridge/sipveil"]
    if everything and not options.filter:
        yield "golden", lambda: run_counted([ROOT / "tests/golden/run", *binary])
    functional = ROOT / "tests/functional/run"
    if (everything or options.functional) and functional.exists():
        yield "functional", lambda: run_counted([functional, *binary, *program_filter])


def _build():
    """Counts only when it fails: it is no test."""
    return (0, int(subprocess.run([ROOT / "scripts/build", PRESET], check=False).returncode != 0))


def run_counted(command):
    """(passed, failed) of a program that counts in its last line."""
    counts = None
    with subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            match = _COUNT.match(line)
            counts = (int(match[1]), int(match[2])) if match else counts
    if counts is None:
        print(f"{command[0]} ended with {process.returncode} and counted nothing")
        return 0, 1
    if process.returncode != 0 and counts[1] == 0:
        print(f"{command[0]} ended with {process.returncode}")
        return counts[0], 1
    return counts


def run_ctest(name_filter):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        command = ["ctest", "--test-dir", f"build/{PRESET}", "--output-junit", str(report), "-j", str(os.cpu_count())]
        command += ["-R", name_filter] if name_filter else []
        command += ["--progress"] if sys.stdout.isatty() else ["--quiet"]
        result = subprocess.run(command, cwd=ROOT, check=False)
        if not report.exists():
            return 0, 1
        passed, failed = count_junit(report, result.returncode)
        if not (passed or failed or name_filter):
            print("ctest found no test")
            failed = 1
        return passed, failed


def count_junit(report, returncode):
    """Counts a JUnit report and prints what failed."""
    passed = failed = 0
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            passed += 1
        elif status in ("fail", "notrun"):
            failed += 1
            print(f"-- {case.get('name')} failed\n{case.findtext('system-out') or ''}")
    if returncode != 0 and failed == 0:
        print(f"ctest ended with {returncode}")
        failed = 1
    return passed, failed


if __name__ == "__main__":
    sys.exit(main())
