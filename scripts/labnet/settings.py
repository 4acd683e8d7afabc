"""What a lab remembers of itself in LAB/lab.json, so that any process can go on with it."""
import dataclasses
import json

from labnet import i2p_topology, topology, wires
from labnet.delays import HopDelay


_SIZES = {"tor": topology.Size, "i2p": i2p_topology.Size}


@dataclasses.dataclass(frozen=True)
class Settings:
    users: list
    hop_delay: HopDelay
    wire_kind: str
    nodes: list
    size: topology.Size | i2p_topology.Size = topology.Size()
    network: str = "tor"

    @classmethod
    def load(cls, folder):
        """None if there is no lab or its writing was cut off."""
        try:
            kept = json.loads((folder / "lab.json").read_text(encoding="ascii"))
        except (FileNotFoundError, json.JSONDecodeError, KeyError):
            return None
        return cls(**{**kept, "hop_delay": HopDelay(**kept["hop_delay"]), "nodes": [topology.Node(**node) for node in kept["nodes"]],
                      "size": _SIZES[kept["network"]](**kept["size"])})

    def save(self, folder):
        (folder / "lab.json").write_text(json.dumps(dataclasses.asdict(self), indent=1), encoding="ascii")

    def wire(self, folder):
        return wires.KINDS[self.wire_kind](folder, self.nodes, self.hop_delay.seed)
