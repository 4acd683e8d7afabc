"""Onion addresses that nobody serves, and keys for client authorization; the openssl program makes the keys."""
import base64
import hashlib
import subprocess


def _openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True, timeout=30).stdout


def _key_pair(algorithm):
    """(private, public), 32 bytes each: the last of both DER forms (RFC 8410)."""
    private = _openssl("genpkey", "-algorithm", algorithm, "-outform", "DER")
    public = _openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", data=private)
    return private[-32:], public[-32:]


def unserved_onion():
    """A valid v3 address (rend-spec-v3, section 6) whose service never existed."""
    _, public = _key_pair("ED25519")
    checksum = hashlib.sha3_256(b".onion checksum" + public + b"\x03").digest()[:2]
    return base64.b32encode(public + checksum + b"\x03").decode().lower() + ".onion"


def client_keys():
    """(private, public) x25519 keys in base32, as the configuration takes them."""
    return tuple(base64.b32encode(key).decode().rstrip("=") for key in _key_pair("X25519"))
