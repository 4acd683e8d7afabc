"""Programs that bridges run themselves, found by their command lines."""
import os


def of_bridge(name, bridge):
    """Pids of programs of this name that have the bridge's state directory in their command line."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as file:
                words = file.read().split("\0")
        except OSError:
            continue
        if os.path.basename(words[0]) == name and any(str(bridge.state) in word for word in words):
            found.append(int(entry))
    return found
