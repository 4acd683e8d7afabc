"""scripts/leak-audit as a scenario."""
import json
import os
import pathlib
import subprocess

from waiting import check

_PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "scripts/leak-audit"

_TRIES = 2  # now and then a private network does not come up, so that there is no verdict


def audit(place, *options):
    """(exit code, what --json wrote, what was printed)"""
    verdict = place.folder / "verdict.json"
    for _ in range(_TRIES):
        result = subprocess.run([_PROGRAM, "--binary", place.binary, "--json", verdict, "--quiet", *options], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=280, check=False,
                                env={**os.environ, "TMPDIR": str(place.folder)})
        if verdict.exists():
            break
    check(verdict.exists(), f"no verdict:\n{result.stdout}{result.stderr}")
    return result.returncode, json.loads(verdict.read_text(encoding="utf-8")), result.stdout + result.stderr


def clean(place, *options):
    code, verdict, text = audit(place, *options)
    check(code == 0 and verdict["clean"] and not verdict["leaks"], text)
    check(verdict["canaries"] > 300 and verdict["dialogs"] > 20, f"only {verdict['canaries']} canaries, {verdict['dialogs']} dialogs")
