"""Onion services, made over a control connection of their own."""
import time

from labnet.torctl import Controller, ControlError


class OnionService:
    """A v3 service that lives until close(). `ports` maps virtual port -> target ("127.0.0.1:5060", "unix:/path")."""

    def __init__(self, control, ports, key="NEW:ED25519-V3", client_keys=()):
        """`control`: what Controller takes. `client_keys`: base32 x25519 keys of the only clients that may reach it."""
        self._controller = Controller(control)
        self._controller.command("SETEVENTS HS_DESC")
        flags = " Flags=V3Auth" if client_keys else ""
        targets = "".join(f" Port={port},{target}" for port, target in ports.items())
        clients = "".join(f" ClientAuthV3={client}" for client in client_keys)
        lines = self._controller.command(f"ADD_ONION {key}{flags}{targets}{clients}")
        reply = dict(line.split("=", 1) for line in lines if "=" in line)
        self.service_id = reply["ServiceID"]
        self.private_key = reply.get("PrivateKey", key)

    @property
    def host(self):
        return self.service_id + ".onion"

    def wait_published(self, timeout=60.0):
        """Until clients find it. Returns the seconds it took."""
        return wait_uploads(self._controller, self.service_id, timeout)

    def close(self):
        self._controller.close()


def wait_uploads(controller, service_id, timeout):
    """Until every upload of a service's descriptor is answered: a client may ask any of the directories. Returns the seconds it
    took. `controller` gets the HS_DESC events since before the first upload."""
    begin = time.monotonic()
    while time.monotonic() - begin < timeout:
        lines = [event.line for event in list(controller.events) if service_id in event.line]
        started = sum(line.startswith("HS_DESC UPLOAD ") for line in lines)
        done = sum(line.startswith("HS_DESC UPLOADED ") for line in lines)
        failed = sum(line.startswith("HS_DESC FAILED ") for line in lines)
        if started and done and done + failed >= started:
            return time.monotonic() - begin
        time.sleep(0.05)
    raise ControlError(f"the descriptor of {service_id}.onion was not published within {timeout:.0f} s")
