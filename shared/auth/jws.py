"""Signed tokens in compact form (RFC 7515, RFC 7519), read strictly: what both token verifiers share.

The key is chosen by the verifier's own key set; `jwk`, `jku`, `x5c` and `x5u` of a token's header mean nothing here.
A key fixes its algorithm, so that a token cannot choose how it is checked (RFC 8725 §3.1).
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

#: Longest token looked at, in characters; larger ones are refused before anything of them is decoded.
LONGEST_TOKEN: Final = 8192

Reason = Literal[
    "MALFORMED", "EXPIRED", "BAD_SIGNATURE", "WRONG_AUDIENCE", "WRONG_ISSUER", "UNKNOWN_KEY", "WRONG_ALGORITHM"
]
_LAST_SECOND: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class TokenError(Exception):
    """A token is refused. `reason` says why; nothing of the token is repeated."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Final = reason


class VerificationKey(NamedTuple):
    """A key that signatures are checked with, and the only algorithm (`alg`) it may be used for."""

    algorithm: str
    key: Any

    def __repr__(self) -> str:
        """Without the key, which may be a shared secret."""
        return f"VerificationKey({self.algorithm!r})"


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Key id of a public EC or RSA key: its SHA-256 JWK thumbprint (RFC 7638), url-safe base64."""
    members = ("crv", "kty", "x", "y") if jwk["kty"] == "EC" else ("e", "kty", "n")
    canonical = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


def public_keys(jwks: Mapping[str, Any]) -> dict[str, VerificationKey]:
    """Signature keys of a JWK set (RFC 7517) by `kid`: P-256 (ES256) and RSA of at least 2048 bits (RS256).

    Other keys are left out: encryption keys, other curves, and symmetric ones, which are never public. A key without
    a `kid` goes by its thumbprint. Raises `ValueError` when it is not a JWK set or holds no usable key.
    """
    # PyJWT brings `cryptography`, a large extension module: only functions that check signatures pay for it.
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt.algorithms import ECAlgorithm, RSAAlgorithm
    from jwt.exceptions import InvalidKeyError

    found: dict[str, VerificationKey] = {}
    listed = jwks.get("keys")
    for jwk in listed if isinstance(listed, list) else ():
        if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
            continue
        key: Any
        try:
            if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
                algorithm, key = "ES256", ECAlgorithm.from_jwk(jwk)
                usable = isinstance(key, EllipticCurvePublicKey)
            elif jwk.get("kty") == "RSA":
                algorithm, key = "RS256", RSAAlgorithm.from_jwk(jwk)
                usable = isinstance(key, RSAPublicKey) and key.key_size >= 2048
            else:
                continue
        except (InvalidKeyError, ValueError, TypeError, LookupError):
            continue
        kid = jwk.get("kid") or thumbprint(jwk)
        if usable and jwk.get("alg", algorithm) == algorithm and isinstance(kid, str):
            found[kid] = VerificationKey(algorithm, key)
    if not found:
        raise ValueError("The JWK set holds no public signature key that can be used (P-256, or RSA of 2048 bits).")
    return found


def payload(token: str, algorithms: frozenset[str], choose: Callable[[str | None], VerificationKey]) -> dict[str, Any]:
    """Claims of `token` once its signature has been checked.

    `choose` gets the header's `kid` and returns the key, or raises `TokenError("UNKNOWN_KEY")`. Claims themselves
    are the caller's to check.
    """
    import jwt

    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or token.count(".") != 2:
        raise TokenError("MALFORMED")
    head, body, signature = token.split(".")
    header, claims = _json_object(_decoded(head)), _decoded(body)
    _decoded(signature)
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenError("WRONG_ALGORITHM")
    # `crit` demands extensions that this reader does not have (RFC 7515 §4.1.11).
    if "crit" in header or "b64" in header or not isinstance(typ, str) or typ.lower() not in {"jwt", "at+jwt"}:
        raise TokenError("MALFORMED")
    if kid is not None and not isinstance(kid, str):
        raise TokenError("MALFORMED")
    key = choose(kid)
    if key.algorithm != algorithm:
        raise TokenError("WRONG_ALGORITHM")
    try:
        jwt.PyJWS().decode(token, key.key, algorithms=[key.algorithm])
    except jwt.InvalidSignatureError:
        raise TokenError("BAD_SIGNATURE") from None
    except jwt.PyJWTError:
        raise TokenError("MALFORMED") from None
    return _json_object(claims)


def text(claims: Mapping[str, Any], name: str) -> str:
    """A claim that must be there as a string that is not empty."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise TokenError("MALFORMED")
    return value


def moment(claims: Mapping[str, Any], name: str) -> datetime:
    """A claim that must be there as a NumericDate (RFC 7519 §2)."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LAST_SECOND:
        raise TokenError("MALFORMED")
    return datetime.fromtimestamp(value, UTC)


def require_audience(claims: Mapping[str, Any], audience: str) -> None:
    """Refuse a token that is for someone else. An empty `audience` takes only tokens that name none."""
    named = claims.get("aud", [])
    listed = [named] if isinstance(named, str) else named
    if not isinstance(listed, list) or (audience not in listed if audience else "aud" in claims):
        raise TokenError("WRONG_AUDIENCE")


def require_valid_at(claims: Mapping[str, Any], now: datetime, leeway: timedelta) -> None:
    """Refuse a token that has expired, or that was issued or becomes valid in the future."""
    if now >= moment(claims, "exp") + leeway:
        raise TokenError("EXPIRED")
    if any(name in claims and moment(claims, name) > now + leeway for name in ("iat", "nbf")):
        raise TokenError("MALFORMED")


def _decoded(segment: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise TokenError("MALFORMED") from None
    # Base64 has several spellings of the same bytes; only one of them was signed.
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != segment:
        raise TokenError("MALFORMED")
    return data


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise TokenError("MALFORMED") from None
    if not isinstance(value, dict):
        raise TokenError("MALFORMED")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers differ in which of two equal names counts (RFC 8725 §2.4), so neither does.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
