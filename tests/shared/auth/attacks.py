"""Raw tokens, made without any library that would refuse to make them."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(value) -> str:
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def es256(key, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def rs256(key, message: bytes) -> bytes:
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def hs256(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def sign(header, claims, key) -> str:
    """Sign whatever is given, with ES256, RS256 or HS256 as the key is; no key, no signature."""
    signed = f"{segment(header)}.{segment(claims)}"
    message = signed.encode()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = es256(key, message)
    elif isinstance(key, rsa.RSAPrivateKey):
        signature = rs256(key, message)
    else:
        signature = b"" if key is None else hs256(key, message)
    return f"{signed}.{b64(signature)}"


def opened(token: str) -> tuple[dict, dict]:
    head, body, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body))


#: Values of `alg` that no verifier here takes.
FOREIGN_ALGORITHMS = [
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    None,
    7,
    ["ES256"],
    "ES384",
    "PS256",
    "RS512",
    "EdDSA",
    "es256",
]
