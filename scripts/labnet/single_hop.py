"""A single-hop onion service by torrc, run by a tor of its own on the guest's node: its circuits have one relay instead of three."""
import time

from labnet import processes, torrc
from labnet.errors import LabError
from labnet.onion import wait_uploads
from labnet.torctl import Controller, ControlError

_NAME = "single-hop"


class SingleHopService:
    """Lives until close() or the end of the lab. `ports` as for OnionService."""

    def __init__(self, lab, ports, timeout=60.0):
        self._lab = lab
        self._folder = lab.node_folder(_NAME)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        include = (lab.folder / "client.torrc.inc").read_text(encoding="ascii")
        (self._folder / "torrc").write_text(torrc.single_hop_service(self._folder, include, ports), encoding="utf-8")
        processes.spawn(lab.command("guest", processes.tor_command(self._folder / "torrc")), self._folder / "stdout.log")
        self._controller = self._connect(time.monotonic() + timeout)
        # It publishes only once we listen, so that no upload is missed.
        self._controller.command("SETEVENTS HS_DESC")
        self._controller.set_conf(DisableNetwork="0")

    def _connect(self, deadline):
        while True:
            try:
                return Controller(self._folder / "control.sock")
            except (OSError, ControlError) as error:
                if time.monotonic() > deadline:
                    raise LabError(f"the tor of the single-hop service does not start: {self._folder / 'notice.log'}") from error
                time.sleep(0.05)

    @property
    def host(self):
        """Known once the network is on."""
        return (self._folder / "service" / "hostname").read_text(encoding="ascii").strip()

    def wait_published(self, timeout=60.0):
        return wait_uploads(self._controller, self.host.removesuffix(".onion"), timeout)

    def close(self):
        self._controller.close()
        processes.stop(self._lab.folder, {_NAME})
