"""On what a run was measured: the machine, and the versions of all programs."""
import hashlib
import os
import pathlib
import platform
import re
import subprocess

from callrun import command
from callrun.errors import RunError

_ROOT = pathlib.Path(__file__).resolve().parents[2]
# {name: (as it calls itself, what makes it say so)}
_PROGRAMS = {"tor": ("Tor", ("tor", "--version")), "i2pd": ("i2pd", ("i2pd", "--version")),
             "kamailio": ("kamailio", ("kamailio", "-v")), "sipp": ("SIPp", ("sipp", "-v")), "tshark": ("TShark", ("tshark", "--version"))}
_NEEDED_FOR = {"tor": "tor", "i2pd": "i2p"}  # a network


def describe():
    return {"cpu": _cpu(), "cores": len(os.sched_getaffinity(0)), "memory_gib": round(_memory_kib() / 2**20, 1),
            "kernel": f"{platform.system()} {platform.release()}"}


def versions(binary, networks):
    """Of what a run over these networks uses. RunError if something is missing."""
    found = {"sipveil": command.version("sipveil", [binary, "--version"]), "commit": commit(), "binary": digest(binary)}
    for name, (called, told_by) in _PROGRAMS.items():
        if _NEEDED_FOR.get(name, networks[0]) not in networks:
            continue
        try:
            found[name] = command.version(called, told_by)
        except RunError as error:
            raise RunError(f"{error}; scripts/setup --only lab,bench installs it") from error
    return {**found, "python": platform.python_version()}


def commit():
    """Of the sources, with + if they have been changed since; "unknown" outside of git."""
    try:
        revision = subprocess.run(["git", "-C", _ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, timeout=30,
                                  check=True).stdout.strip()
        changed = subprocess.run(["git", "-C", _ROOT, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True,
                                 timeout=30, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{revision}+" if changed else revision


def digest(binary):
    """Tells one build of sipveil from another."""
    return hashlib.sha256(pathlib.Path(binary).read_bytes()).hexdigest()[:16]


def _cpu():
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def _memory_kib():
    found = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) if found else 0
