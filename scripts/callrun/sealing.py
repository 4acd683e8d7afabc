"""Names sealed between alice and bob without a proxy: alice's phone seals, bob's sipveil opens as his domain's (role proxy)."""
import dataclasses

from callrun.network import DOMAIN
from callrun.key_folder import KeyFolder
from trapezoid import keyring

ALICES_DOMAIN = "alice.example"


def settings_of_pair(binary, folder, identity):
    """Fields of Settings for alice's bridge and for bob's, their keys made and pinned. No identity: none."""
    if identity is None:
        return {}, {}
    # No home proxy stands between them, so the caller is sealed to the callee's domain as well: the one that can open her name.
    identity = dataclasses.replace(identity, caller_known_to="callee-home")
    alice, bob = (KeyFolder(binary, folder / name) for name in ("keys-of-alice", "keys-of-bob"))
    keyring.make({DOMAIN: bob}, {f"alice@{ALICES_DOMAIN}": alice}, identity)
    return ({"identity": identity, "keys_dir": str(alice.keys_dir)},
            {"identity": identity, "keys_dir": str(bob.keys_dir), "role": "proxy", "domains": [DOMAIN]})
