"""tshark on the loopback interface where a phone is, and what it tells of each packet as it passes."""
import time

from callrun.children import Child
from callrun.errors import RunError

SETTLE_S = 2.0   # it tells a packet some tenths of a second after it has passed
_READY_S = 20.0


class Tshark(Child):
    """Runs from now to stop(). `within` turns a command line into one that runs where the phone is; `folder` gets what it writes, its
    temporary file among it. `decoded`: as tshark's -d has it."""

    def __init__(self, within, folder, captured, shown, decoded, fields):
        self._output, self._read, self._fields = folder / "tshark.out", 0, len(fields)
        self._output.touch()
        command = ["tshark", "-n", "-l", "-Q", "-i", "lo", "-f", captured, "-Y", shown, *_each("-d", decoded), "-T", "fields", "-E", "separator=/t",
                   *_each("-e", fields)]
        super().__init__("tshark", within(["env", f"TMPDIR={folder}", *command]), self._output)

    def packets(self):
        """The fields of each packet that has been told since the last time."""
        found = []
        with open(self._output, encoding="utf-8", errors="replace") as file:
            file.seek(self._read)
            for line in iter(file.readline, ""):
                if not line.endswith("\n"):  # it is still being written
                    break
                self._read = file.tell()
                fields = line.rstrip("\n").split("\t")
                if len(fields) == self._fields:  # else it is a word to people
                    found.append(fields)
        return found

    def wait_seeing(self, probe, seen):
        """Until `seen()`, which `probe()` leads to once packets are captured."""
        deadline = time.monotonic() + _READY_S
        while not seen():
            self.require_running()
            if time.monotonic() > deadline:
                raise RunError("tshark captures nothing")
            probe()
            time.sleep(0.2)


def _each(option, values):
    return [word for value in values for word in (option, value)]
