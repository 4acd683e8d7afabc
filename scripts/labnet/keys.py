"""Identity keys of authorities and relays, made once and kept in LAB/keys for the next time."""
import pathlib
import re
import shutil
import subprocess

from labnet.errors import LabError

_NO_AUTHORITY = "none orport=1 v3ident=" + "0" * 40 + " 127.0.0.1:1 " + "0" * 40


def ensure(keys_folder, nodes):
    """Makes the keys, all of them, unless each node has its own there. True if it made them."""
    relays = [node for node in nodes if node.is_relay]
    if all((keys_folder / node.name).exists() for node in relays):
        return False
    fresh = keys_folder.with_name("keys.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for node in relays:
        (fresh / node.name / "keys").mkdir(mode=0o700, parents=True)
        (fresh / node.name).chmod(0o700)  # tor insists
    jobs = []
    try:
        jobs += [_start_certificate(fresh / node.name / "keys") for node in relays if node.kind == "authority"]
        jobs += [_start_identity(fresh / node.name, node.name) for node in relays]
        failed = [job.args[0] for job in jobs if job.wait() != 0]
    finally:
        for job in jobs:
            job.kill()
            job.wait()
    if failed:
        raise LabError(f"{failed[0]} could not make keys in {fresh}; is there space left on the device?")
    shutil.rmtree(keys_folder, ignore_errors=True)  # those of a smaller network
    fresh.rename(keys_folder)
    return True


def install(keys_folder, node_folder, name):
    shutil.copytree(keys_folder / name, node_folder, dirs_exist_ok=True)
    node_folder.chmod(0o700)


def fingerprint(keys_folder, name):
    return (keys_folder / name / "fingerprint").read_text(encoding="ascii").split()[1]


def authority_identity(keys_folder, name):
    """The long-term identity of an authority, which DirAuthority lines call v3ident."""
    certificate = (keys_folder / name / "keys/authority_certificate").read_text(encoding="ascii")
    return re.search(r"^fingerprint (\S+)", certificate, re.MULTILINE).group(1)


def _start_certificate(folder):
    job = subprocess.Popen(["tor-gencert", "--create-identity-key", "-m", "24", "--passphrase-fd", "0"], cwd=folder,
                           stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    job.stdin.write(b"lab\n")  # protects nothing: the keys are worth nothing outside this machine
    job.stdin.close()
    return job


def _start_identity(folder: pathlib.Path, name):
    return subprocess.Popen(
        ["tor", "--list-fingerprint", "--quiet", "--ignore-missing-torrc", "-f", "/nonexistent",
         "--defaults-torrc", "/nonexistent", "--DataDirectory", str(folder), "--Nickname", name,
         "--ORPort", "127.0.0.1:1", "--Address", "127.0.0.1", "--AssumeReachable", "1",
         "--TestingTorNetwork", "1", "--DirAuthority", _NO_AUTHORITY],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
