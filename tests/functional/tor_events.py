"""What tor tells of streams and circuits to one onion service, matched with the calls of a bridge's status by credential."""
from callrun.calls import digest
from callrun.circuits import CircuitWatch
from waiting import check, equal


class Streams:
    """Of alice's tor to the onion address `host`, from now until close()."""

    def __init__(self, lab, host):
        self._watch = CircuitWatch(lab.socket_path("alice", "control"))
        self._host = host

    def close(self):
        self._watch.close()

    def all(self):
        """callrun.circuits.Stream, those that have come through."""
        streams, _ = self._watch.record()
        return [stream for stream in streams.values()
                if stream.target.rsplit(":", 1)[0] in (self._host, self._host.split(".")[0]) and stream.connected is not None]

    def of(self, record):
        """Those of a call, as it stands in `calls` of the status."""
        return [stream for stream in self.all() if digest(":".join(stream.credential)) == record["credential"]]

    def circuits_of(self, records):
        """The circuit of each call."""
        found = []
        for record in records:
            streams = self.of(record)
            check(streams, f"tor has no stream with the credential of {record}")
            found.append(streams[-1].circuit)
        return found

    def check_nothing_shared(self):
        """No two streams have a circuit or a credential in common."""
        for what in ("circuit", "credential"):
            values = [getattr(stream, what) for stream in self.all()]
            equal(len(set(values)), len(values), f"distinct values of {what} among {values}")


def calls_of(bridge):
    """Records of its status, oldest first."""
    return bridge.status()["calls"]
