"""Sockets of several network namespaces in one process."""
import pathlib
import socket
import subprocess

from leakaudit.errors import AuditError

OPENER = pathlib.Path(__file__).with_name("in_node.py")


def opened(command_of, whats):
    """The sockets that in_node.py describes, opened by a program that `command_of(command line)` starts where they belong.
    AuditError if they cannot be had."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        run(command_of(["/usr/bin/python3", "-B", str(OPENER), str(theirs.fileno()), *whats]), [theirs.fileno()])
        _, handles, _, _ = socket.recv_fds(ours, 16, len(whats))
    return [socket.socket(fileno=handle) for handle in handles]


def run(command, handles=()):
    """A short program, with these file descriptors; AuditError if it fails."""
    command = [str(part) for part in command]
    result = subprocess.run(command, pass_fds=handles, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    if result.returncode != 0:
        raise AuditError(f"{' '.join(command[-3:])}: {result.stderr.strip() or f'ended with {result.returncode}'}")
