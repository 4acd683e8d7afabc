"""What the commands that place calls have in common: their options, the binary, the folder, the end by Ctrl-C."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from callrun.errors import RunError
from labnet.errors import LabError

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_BUILT = _ROOT / "build/release/bridge/sipveil"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def guarded(name, progress, run, *errors):
    """The exit code of `run()`; known errors, those of `errors` among them, become one line, Ctrl-C becomes 130."""
    # Users other than root often lack the folders of ip, tor and i2pd.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    for number in _ENDING:
        signal.signal(number, _interrupt)
    try:
        return run()
    except (LabError, RunError, OSError, EOFError, subprocess.TimeoutExpired, *errors) as error:
        progress.end_live()
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.end_live()
        print(f"{name}: interrupted; nothing is left running", file=sys.stderr)
        return 130


def _interrupt(*_):
    """Once: what follows is cleaning up, which a second Ctrl-C must not cut off."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def add_common(parser):
    parser.add_argument("--binary", type=pathlib.Path, metavar="FILE", help="use this sipveil and build nothing")
    parser.add_argument("--keep", action="store_true", help="leave the private network and the logs at the end")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")


def check_folder_of(parser, *files):
    """Files that are to be written at the end; None among them is passed over."""
    for file in files:
        if file and not file.absolute().parent.is_dir():
            parser.error(f"{file.absolute().parent} is no folder")


def binary(options, progress):
    """The sipveil to run, built first unless one was named."""
    if options.binary is None:
        progress.say("building (the first time takes some minutes)")
        if subprocess.run([_ROOT / "scripts/build"], stdout=sys.stderr, check=False).returncode != 0:
            raise RunError("the build failed, see above; --binary FILE takes a sipveil that is built already")
    program = (options.binary or _BUILT).absolute()
    if not os.access(program, os.X_OK) or program.is_dir():
        raise RunError(f"{program} is no program; scripts/build makes {_BUILT}")
    return program


def version(name, command):
    try:
        answer = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=30, check=False)
    except OSError as error:
        raise RunError(f"{command[0]} cannot be started: {error.strerror}") from error
    found = re.search(rf"\b{name}\b\D*(\d+(\.\d+)+)", answer.stdout + answer.stderr)
    if not found:
        raise RunError(f"{command[0]} is no {name} that tells its version (exit code {answer.returncode})")
    return found[1]


def folder(stack, prefix, keep, what="logs and configurations"):
    """A new one, that goes with `stack` unless it is kept. `what`: is in it."""
    made = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    stack.callback((lambda kept: print(f"\nKept: {what} in {kept}", file=sys.stderr)) if keep else shutil.rmtree, made)
    return made
