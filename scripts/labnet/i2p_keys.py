"""Identities of the routers, made once and kept in LAB/i2p-keys for the next time, and the zip by which routers know each other.

i2pd makes them itself, at its first start. A router's description, router.info, holds its address and is signed by it; that is what the
others must know before they can reach it.
"""
import base64
import hashlib
import shutil
import time
import zipfile

from labnet.errors import LabError

# i2pd writes the last one when its addresses are known; each of them is small and written at once.
_FILES = ("router.keys", "ntcp2.keys", "ssu2.keys", "router.info")
_TRANSPORTS = (b"NTCP2", b"SSU2")
# i2pd takes a description for outdated after 27 hours.
_FRESH_SECONDS = 12 * 3600
# router.info begins with the router's identity: keys and padding, then a certificate with its length (I2P specification, common
# structures, RouterIdentity). Its SHA-256 is the router's name.
_CERTIFICATE_LENGTH_AT = 385
_IDENTITY_WITHOUT_CERTIFICATE = 387
_TIMESTAMP_BYTES = 8


def have(keys_folder, nodes):
    """Whether the identities of these nodes, and no others, are there, with descriptions that are still valid."""
    if {node.name for node in nodes} != {path.name for path in keys_folder.glob("*")}:
        return False
    return all(_described(keys_folder / node.name, node.address) and
               0 <= time.time() - _published(keys_folder / node.name) < _FRESH_SECONDS for node in nodes)


def made(node_folder, node):
    """Whether the router that was started in `node_folder` has described itself."""
    return _described(node_folder, node.address)


def keep(keys_folder, node_folders):
    """Takes over what the routers of {name: folder} made."""
    shutil.rmtree(keys_folder, ignore_errors=True)
    fresh = keys_folder.with_name(keys_folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, folder in node_folders.items():
        (fresh / name).mkdir(mode=0o700, parents=True)
        for file in _FILES:
            shutil.copy2(folder / file, fresh / name / file)
    fresh.rename(keys_folder)


def install(keys_folder, node_folder, name):
    """The identity only; a router describes itself anew at each start."""
    for file in _FILES:
        shutil.copy2(keys_folder / name / file, node_folder / file)


def write_seed(keys_folder, names, seed):
    """The zip that i2pd's reseed.zipfile reads: it takes stored members only, named by the router's hash."""
    with zipfile.ZipFile(seed, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            archive.writestr(f"routerInfo-{router_hash(keys_folder / name)}.dat", (keys_folder / name / "router.info").read_bytes())


def router_hash(folder):
    """The router's name in I2P's base64, as i2pd shows its beginning."""
    return base64.b64encode(hashlib.sha256(_identity(folder)).digest(), b"-~").decode()


def _identity(folder):
    info = (folder / "router.info").read_bytes()
    size = _IDENTITY_WITHOUT_CERTIFICATE + int.from_bytes(info[_CERTIFICATE_LENGTH_AT:_IDENTITY_WITHOUT_CERTIFICATE], "big")
    if len(info) < size + _TIMESTAMP_BYTES:
        raise LabError(f"{folder / 'router.info'} is cut off; remove it and start again")
    return info[:size]


def _published(folder):
    """Seconds since the epoch."""
    at = len(_identity(folder))
    return int.from_bytes((folder / "router.info").read_bytes()[at:at + _TIMESTAMP_BYTES], "big") / 1000


def _described(folder, address):
    if not all((folder / name).is_file() and (folder / name).stat().st_size for name in _FILES):
        return False
    info = (folder / "router.info").read_bytes()
    return all(transport in info for transport in _TRANSPORTS) and info.count(address.encode()) >= len(_TRANSPORTS)
