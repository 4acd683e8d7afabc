"""Digest credentials (RFC 2617, MD5, qop=auth) as phones send them."""
import hashlib
import os
import re


def credentials(challenge, method, uri, user, password):
    """Value of Authorization or Proxy-Authorization that answers the value of a challenge."""
    asked = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge.partition(" ")[2]))
    realm, nonce, count, client_nonce = asked.get("realm", ""), asked.get("nonce", ""), "00000001", os.urandom(8).hex()
    ha1, ha2 = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    parts = [f'username="{user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"', "algorithm=MD5"]
    if "auth" in asked.get("qop", ""):
        response = _md5(f"{ha1}:{nonce}:{count}:{client_nonce}:auth:{ha2}")
        parts += [f'response="{response}"', "qop=auth", f"nc={count}", f'cnonce="{client_nonce}"']
    else:
        parts.append(f'response="{_md5(f"{ha1}:{nonce}:{ha2}")}"')
    if "opaque" in asked:
        parts.append(f'opaque="{asked["opaque"]}"')
    return "Digest " + ", ".join(parts)


def _md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
