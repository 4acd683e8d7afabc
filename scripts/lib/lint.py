"""scripts/lint: every check is one line of output and one count."""
import argparse
import ast
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE_FOLDERS = ("base", "transports", "control", "privasip", "bridge", "tests", "scripts")


def main():
    parser = argparse.ArgumentParser(prog="scripts/lint", description="Checks the form of the source.")
    parser.add_argument("--quick", action="store_true", help="leave out shellcheck and clang-tidy")
    parser.add_argument("--fix", action="store_true", help="let clang-format mend the format")
    options = parser.parse_args()
    checks = [("format", lambda: _format(options.fix)), ("includes", _includes), ("python", _python), ("shell", _shell)]
    if not options.quick:
        checks += [("shellcheck", _shellcheck), ("clang-tidy", _tidy)]
    failed = 0
    for name, check in checks:
        complaints = check()
        print(f"{name}: {'ok' if not complaints else chr(10) + complaints}", flush=True)
        failed += bool(complaints)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


def files(*suffixes):
    """Source files by suffix; git is not asked, since it refuses a checkout of another user."""
    return sorted(path for folder in SOURCE_FOLDERS for path in (ROOT / folder).rglob("*")
                  if path.suffix in suffixes and path.is_file())


def scripts_of(interpreter):
    """Files without a suffix whose first line names the interpreter."""
    found = []
    for path in [*files(""), *(ROOT / ".ci").glob("*")]:
        with open(path, "rb") as file:
            first = file.readline()
        if first.startswith(b"#!") and interpreter in first:
            found.append(path)
    return found


def _complaints(command):
    """What the command says if it fails, else nothing."""
    result = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else (result.stdout + result.stderr).strip() or f"ended with {result.returncode}"


def _format(fix):
    sources = files(".cpp", ".h")
    if fix:
        return _complaints(["clang-format-16", "-i", *sources])
    complaints = _complaints(["clang-format-16", "--dry-run", "-Werror", *sources])
    wrong = sorted(set(re.findall(rf"^{re.escape(str(ROOT))}/(\S+?):\d+:\d+: error:", complaints, re.MULTILINE)))
    return complaints and "\n".join([*wrong, "mend: scripts/lint --fix"])


def _includes():
    return _complaints(["scripts/lint-includes"])


def _python():
    errors = []
    for path in [*files(".py"), *scripts_of(b"python")]:
        try:
            ast.parse(path.read_text(encoding="utf-8"), str(path))
        except SyntaxError as error:
            errors.append(str(error))
    return "\n".join(errors)


def _shell():
    return "\n".join(filter(None, (_complaints(["sh", "-n", path]) for path in scripts_of(b"/sh"))))


def _shellcheck():
    return _complaints(["shellcheck", *scripts_of(b"/sh")])


def _tidy():
    configure = _complaints(["cmake", "--preset", "debug", "--log-level=WARNING"])
    if configure:
        return configure
    # The compile commands are those of g++: its own warning flags are strangers to clang.
    complaints = _complaints(["run-clang-tidy-16", "-quiet", "-p", "build/debug", "-j", os.cpu_count(),
                              "-extra-arg=-Wno-unknown-warning-option"])
    # A header's finding comes once for each file that includes it.
    findings = sorted({line.removeprefix(f"{ROOT}/") for line in complaints.splitlines() if ": error: " in line})
    return "\n".join(findings) or complaints


if __name__ == "__main__":
    sys.exit(main())
