"""The audit over I2P can fail: a sipveil that asks a resolver for a b32 name is found by its socket, its packet and the name in it."""
import audit_bed
from waiting import check, equal

SLOW = True


def scenario(place):
    code, verdict, text = audit_bed.audit(place, "--network", "i2p", "--view", "real", "--direction", "a>b", "--plant", "--scenarios",
                                          "registration,unregistration")
    equal(code, 1, "the exit code")
    problems = "\n".join(verdict["runs"][0]["problems"])
    check("sipveil-b held a socket that nothing is known for: udp" in problems, f"the socket was not found\n{text}")
    check("(udp) from" in problems and "to 192.0.2.53:53" in problems, f"the packet was not found\n{text}")
    (matrix,) = verdict["matrix"].values()
    equal(matrix["i2p-names"]["elsewhere"], "LEAK", "the name in the packet")
