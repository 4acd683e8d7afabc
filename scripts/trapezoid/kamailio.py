"""An unmodified Kamailio with the configuration of docs/proxies/kamailio.cfg, its database in a folder of its own."""
import dataclasses
import hashlib
import json
import pathlib
import socket

from callrun.errors import RunError
from trapezoid import tables
from trapezoid.program import Program

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "docs/proxies/kamailio.cfg"
PORT = 5060


@dataclasses.dataclass(frozen=True)
class Subscriber:
    """`known_as`: the name in the table, if it is a pseudonym."""
    user: str
    domain: str
    password: str
    known_as: str = None

    @property
    def ha1(self):
        """RFC 2617 section 3.2.2.2, of the real name: that is what the phone computes with."""
        return hashlib.md5(f"{self.user}:{self.domain}:{self.password}".encode()).hexdigest()


class Kamailio(Program):
    """`onward`: host:port that gets requests for other domains."""

    def __init__(self, identifier, place, node, folder, domain, onward):
        super().__init__(identifier, place, node, folder)
        self.domain, self._onward = domain, onward
        self.database = self.folder / "db"
        self._rpc = self.folder / "rpc"
        tables.make(self.database, ("subscriber", "location", "location_attrs"))

    @property
    def address(self):
        return f"{self.host}:{PORT}"

    def add_subscriber(self, subscriber):
        """Before the start or after it: the table is read at every challenge."""
        tables.append(self.database / "subscriber", username=subscriber.known_as or subscriber.user, domain=subscriber.domain,
                      ha1=subscriber.ha1)

    def command(self):
        defined = {"DOMAIN": f'"{self.domain}"', "LISTEN": f"udp:{self.address}", "SIPVEIL": f'"sip:{self._onward}"',
                   "DATABASE": f'"text://{self.database}"', "RPC_SOCKET": f'"{self._rpc}"'}
        # One worker: two would let a 200 overtake the 180 that came just before it, and scenarios take messages in order.
        defined["WORKERS"] = "1"
        values = [part for name, value in defined.items() for part in ("-A", f"{name}={value}")]
        return ["kamailio", "-DD", "-E", "-f", CONFIG, "-Y", self.folder, "-w", self.folder, "-m", "32", "-M", "8",
                "-A", "LOG_TO_STDERR", "-A", "AUDIT", *values]

    def ready(self):
        return self.listens(PORT) and self._rpc.exists()

    def stop(self):
        code = super().stop()
        self._rpc.unlink(missing_ok=True)
        return code

    def ask(self, method):
        """What it answers to a JSON-RPC question."""
        own = self.folder / "rpc.answer"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asker:
            try:
                asker.bind(str(own))
                asker.settimeout(10)
                asker.sendto(json.dumps({"jsonrpc": "2.0", "method": method, "id": 1}).encode(), str(self._rpc))
                answer = json.loads(asker.recv(65536))
            except OSError as error:
                raise RunError(f"{self.id} does not answer {method}: {error}") from error
            finally:
                own.unlink(missing_ok=True)
        if "error" in answer:
            raise RunError(f"{self.id} refuses {method}: {answer['error']}")
        return answer["result"]

    def location(self):
        """Who is registered, as it is written to the disk, now."""
        if self.running:
            self.ask("db_text.dump")
        return tables.rows(self.database / "location")

    def subscribers(self):
        return tables.rows(self.database / "subscriber")

    def messages(self):
        """What it logged of each request and reply: the sentences of its xlog lines."""
        mark = "<script>: "
        return [line.split(mark, 1)[1] for line in self.log_text().splitlines() if mark in line]
