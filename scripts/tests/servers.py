"""A one-connection server whose whole conversation a test writes down."""
import pathlib
import socket
import tempfile
import threading


class ScriptedServer:
    """Listens on a unix socket; `script(connection)` plays the server once. join() raises what the script raised."""

    def __init__(self, test, script):
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "socket"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(1)
        test.addCleanup(self._listener.close)
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(script,), daemon=True)
        self._thread.start()
        test.addCleanup(self.join)

    def _run(self, script):
        connection, _ = self._listener.accept()
        try:
            connection.settimeout(5)
            script(connection)
        except Exception as error:  # told to the test by join()
            self._error = error
        finally:
            connection.close()

    def join(self):
        self._thread.join(10)
        if self._error:
            error, self._error = self._error, None
            raise error


def expect(connection, data):
    got = b""
    while len(got) < len(data):
        part = connection.recv(len(data) - len(got))
        if not part:
            break
        got += part
    if got != data:
        raise AssertionError(f"expected {data!r}, got {got!r}")
