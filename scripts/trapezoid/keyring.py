"""The keys of both domains: made by each proxy's sipveil, and pinned by the three others, as after a `sipveil keys fetch`."""
import shutil


def make(sidecars, phones, identity):
    """`sidecars`: {domain: Sipveil}; `phones`: {address: Sipveil}. With the class "callee" each phone has a key of its own."""
    if identity is None or identity.key_kind is None:
        return
    everybody = [*sidecars.values(), *phones.values()]
    owners = {**sidecars, **phones} if identity.caller_known_to == "callee" else sidecars
    for name, owner in owners.items():
        owner.keys("generate", name, "--algorithm", identity.key_kind)
        for other in everybody:
            if other is not owner:
                pin(name, owner, other)


def pin(name, owner, other):
    """Copies the owner's public key to where the other one looks for keys of that name."""
    (public,) = (owner.keys_dir / "own").glob(f"{name}.*.pub")
    peers = other.keys_dir / "peers"
    peers.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(public, peers / f"{name}.pem")


def pseudonym(sidecar, address):
    """By what name the proxy beside `sidecar` knows the user of this address."""
    return sidecar.keys("pseudonym", address).split()[-1]
