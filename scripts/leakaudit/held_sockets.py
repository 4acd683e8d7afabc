"""Every socket that a process holds, as the kernel tells it: of which kind, from where, to whom."""
import dataclasses
import os
import re
import socket

_SOCKET = re.compile(r"socket:\[(\d+)\]")
_TABLES = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6")
_LISTENING = "0A"  # st of a TCP socket in /proc/net/tcp
_OTHERS = {"netlink": 9, "packet": 8}  # table: column of the inode


@dataclasses.dataclass(frozen=True)
class Held:
    """`kind`: "tcp", "udp", "unix", "netlink" ... as /proc/net names it, without "6". `local`, `remote`: "HOST:PORT", for Unix sockets
    a path; "" for no end. `listening`: connections are accepted there."""
    kind: str
    local: str = ""
    remote: str = ""
    listening: bool = False

    def __str__(self):
        if self.listening:
            return f"{self.kind} listening at {self.local}"
        return f"{self.kind} {self.local or 'unbound'} to {self.remote or 'nobody'}"


def inodes(pid):
    """Of the sockets that a process holds now; nothing of one that has ended."""
    found = set()
    try:
        handles = os.listdir(f"/proc/{pid}/fd")
    except FileNotFoundError:
        return found
    for handle in handles:
        try:
            match = _SOCKET.fullmatch(os.readlink(f"/proc/{pid}/fd/{handle}"))
        except FileNotFoundError:  # closed meanwhile
            continue
        if match:
            found.add(int(match[1]))
    return found


def of_network(pid):
    """{inode: Held} of all that is no Unix socket in the network namespace of a process."""
    found = {}
    for table in _TABLES:
        for fields in _lines(pid, table):
            local, remote = _endpoint(fields[1]), _endpoint(fields[2])
            listening = table.startswith("tcp") and fields[3] == _LISTENING
            found[int(fields[9])] = Held(table.rstrip("6"), local, "" if _nowhere(remote) else remote, listening)
    for table, column in _OTHERS.items():
        for fields in _lines(pid, table):
            found[int(fields[column])] = Held(table)
    return found


def _lines(pid, table):
    try:
        with open(f"/proc/{pid}/net/{table}", encoding="ascii", errors="replace") as opened:
            next(opened, None)
            return [line.split() for line in opened]
    except (FileNotFoundError, ProcessLookupError, OSError):  # no such protocol here, or the process has ended
        return []


def _endpoint(text):
    """"0100007F:1F90" as "127.0.0.1:8080": words of 32 bits in the machine's order (proc(5))."""
    address, _, port = text.partition(":")
    data = b"".join(bytes.fromhex(address[at:at + 8])[::-1] for at in range(0, len(address), 8))
    if len(data) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, data)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, data)}]:{int(port, 16)}"


def _nowhere(endpoint):
    return endpoint.endswith(":0")
