"""The processes of a lab, found by their command line.

Nothing is recorded in pid files: every process of a lab names a file below LAB/nodes/NAME on its command line, right behind a
marker. So a lab is found again after its script was killed, and a reused pid is never mistaken for one of ours.
"""
import contextlib
import os
import pathlib
import select
import signal
import subprocess
import time

from labnet.errors import LabError

HERE = pathlib.Path(__file__).resolve().parent
ECHO_PROGRAM, TLS_FRONT_PROGRAM = HERE / "echo.py", HERE / "tls_front.py"
# What stands before the file name: tor's last two options, i2pd's first one, or the name of one of our programs.
_TOR_MARKER = ("--ignore-missing-torrc", "-f")
_I2PD_MARKER = ("i2pd", "--datadir")
_PROGRAM_NAMES = {"delay_switch", "delay_relay", "shared_namespace", ECHO_PROGRAM.name, TLS_FRONT_PROGRAM.name}
_ENVIRONMENT_KEPT = ("HOME", "TMPDIR")

_children = set()


class StartError(LabError):
    """A program ended instead of getting ready; its own words."""


def tor_command(torrc):
    return ["tor", "--defaults-torrc", "/nonexistent", "--quiet", *_TOR_MARKER, str(torrc)]


def i2pd_command(folder):
    """Of the router whose i2pd.conf and everything else is in `folder`."""
    return [*_I2PD_MARKER, str(folder), "--conf", f"{folder}/i2pd.conf"]


def echo_command(path, address, port):
    return ["/usr/bin/python3", "-B", str(ECHO_PROGRAM), str(path), address, str(port)]


def tls_front_command(pem, address, port, target):
    return ["/usr/bin/python3", "-B", str(TLS_FRONT_PROGRAM), str(pem), address, str(port), str(target)]


def find(lab_folder):
    """{node name: pid} of what runs for the lab in `lab_folder`."""
    nodes = str(pathlib.Path(lab_folder) / "nodes") + "/"
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            name = _node_of(_command_line(entry.name), nodes)
            if name:
                found[name] = int(entry.name)
    return found


def _command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read().split("\0")[:-1]
    except OSError:  # ended meanwhile
        return []


def _node_of(arguments, nodes):
    for index in range(1, len(arguments)):
        if arguments[index].startswith(nodes):
            before = tuple(arguments[max(0, index - 2):index])
            if before in (_TOR_MARKER, _I2PD_MARKER) or os.path.basename(before[-1]) in _PROGRAM_NAMES:
                return arguments[index][len(nodes):].split("/")[0]
    return None


def spawn(command, log, ready_line=False):
    """Starts `command` apart from our terminal. With `ready_line`, returns once it has printed a line, else raises StartError
    with what it wrote to its standard error."""
    environment = {key: os.environ[key] for key in _ENVIRONMENT_KEPT if key in os.environ}
    environment["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    with open(log, "wb") as errors:
        child = subprocess.Popen(command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stderr=errors,
                                 stdout=subprocess.PIPE if ready_line else errors, start_new_session=True)
    _children.add(child)
    if ready_line:
        line = child.stdout.readline()
        child.stdout.close()
        if not line:
            child.wait()
            raise StartError(pathlib.Path(log).read_text(encoding="utf-8").strip())


def resident_kib(pid):
    """Memory that a process occupies; None if it does not run."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmRSS:")), None)
    except OSError:
        return None


def send_signal(lab_folder, name, number):
    """False if `name` does not run."""
    with _handles(lab_folder, {name}) as handles:
        return _send(handles.values(), number) == 1


def stop(lab_folder, names=None, patience=3.0):
    """Ends the named processes (None: all), first kindly, after `patience` seconds by SIGKILL. Returns when they are gone."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        with _handles(lab_folder, names) as handles:
            _send(handles.values(), number)
            _send(handles.values(), signal.SIGCONT)  # a frozen one cannot obey
            _wait_all(handles.values(), seconds)
    for child in list(_children):
        if child.poll() is not None:
            _children.discard(child)


@contextlib.contextmanager
def _handles(lab_folder, names):
    """{name: pid file descriptor}. Looked up twice: a pid might have passed to a stranger before we had its descriptor."""
    handles = {}
    try:
        for name, pid in find(lab_folder).items():
            if names is None or name in names:
                with contextlib.suppress(ProcessLookupError):
                    handles[name] = (pid, os.pidfd_open(pid))
        still = find(lab_folder) if handles else {}
        yield {name: handle for name, (pid, handle) in handles.items() if still.get(name) == pid}
    finally:
        for _, handle in handles.values():
            os.close(handle)


def _send(handles, number):
    """How many were still there."""
    reached = 0
    for handle in handles:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, number)
            reached += 1
    return reached


def _wait_all(handles, seconds):
    deadline = time.monotonic() + seconds
    waiting = list(handles)
    while waiting and time.monotonic() < deadline:
        ended, _, _ = select.select(waiting, [], [], max(0, deadline - time.monotonic()))
        waiting = [handle for handle in waiting if handle not in ended]
