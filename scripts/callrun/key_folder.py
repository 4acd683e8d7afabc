"""The keys of a sipveil, by `sipveil keys`."""
import pathlib
import subprocess

from callrun.errors import RunError


class KeyFolder:
    def __init__(self, binary, keys_dir):
        self._binary, self.keys_dir = binary, pathlib.Path(keys_dir)

    def keys(self, *arguments):
        """What `sipveil keys ARGUMENTS` prints, for the keys in this folder."""
        command = [self._binary, "keys", *arguments, "--keys-dir", self.keys_dir]
        answer = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                                check=False)
        if answer.returncode != 0:
            raise RunError(f"{self.keys_dir.name}: sipveil keys {' '.join(arguments)}: {(answer.stderr or answer.stdout).strip()}")
        return answer.stdout
