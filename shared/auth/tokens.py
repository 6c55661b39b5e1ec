"""Access tokens of this backend, and the opaque tokens beside them (RESOLUTIONS: Tokens).

An access token is a JWT signed with ES256. Only the identity functions hold the private key; everyone else verifies
with the published JWK set. Opaque tokens (refresh, e-mail links, tickets) are random, and stored hashed.
"""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from shared.auth import jws
from shared.auth.jws import TokenError, VerificationKey, thumbprint

__all__ = ["Claims", "TokenError", "TokenIssuer", "TokenVerifier", "new_opaque", "opaque_hash", "thumbprint"]

ALGORITHM: Final = "ES256"


class Claims(NamedTuple):
    """What a verified access token says."""

    user_id: str
    email: str
    role: str
    roles: tuple[str, ...]
    session_id: str
    token_id: str
    issued_at: datetime
    expires_at: datetime
    #: Only of an external provider's token: its own id of the user, and the token, to ask the provider about it.
    subject: str = ""
    token: str = ""


class TokenIssuer:
    """Signs access tokens with an ES256 private key (PEM). Safe to share between threads.

    Raises `ValueError` when the key is not a P-256 private key.
    """

    def __init__(self, private_key_pem: str | bytes, issuer: str, audience: str, lifetime_seconds: int) -> None:
        # Only functions that issue tokens pay for loading `cryptography` here.
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from jwt.algorithms import ECAlgorithm

        pem = private_key_pem.encode() if isinstance(private_key_pem, str) else private_key_pem
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError(  # noqa: TRY004 - the type of the object is right, what the file holds is not
                "Access tokens are signed with a P-256 private key; make one with `python -m tools.keys`."
            )
        self._key = key
        self.key_id: Final = thumbprint(ECAlgorithm.to_jwk(key.public_key(), as_dict=True))
        self._issuer = issuer
        self._audience = audience
        self._lifetime = timedelta(seconds=lifetime_seconds)

    def issue(self, user_id: str, email: str, role: str, roles: Sequence[str], session_id: str, now: datetime) -> str:
        """Access token of one session, valid from `now` (aware) for the issuer's lifetime."""
        import jwt

        claims: dict[str, Any] = {
            "sub": user_id,
            "userId": user_id,
            "email": email,
            "role": role,
            "roles": list(roles),
            "sid": session_id,
            "jti": str(uuid.uuid4()),
            "aud": self._audience,
            "iss": self._issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + self._lifetime).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self.key_id})


class TokenVerifier:
    """Verifies access tokens with a published JWK set. Safe to share between threads.

    `leeway` is the clock difference tolerated, in seconds. Raises `ValueError` when the set holds no ES256 key.
    """

    def __init__(self, jwks: Mapping[str, Any], issuer: str, audience: str, leeway: int = 0) -> None:
        self._keys = {kid: key for kid, key in jws.public_keys(jwks).items() if key.algorithm == ALGORITHM}
        if not self._keys:
            raise ValueError("The JWK set holds no P-256 key; make one with `python -m tools.keys`.")
        self._issuer = issuer
        self._audience = audience
        self._leeway = timedelta(seconds=leeway)

    def verify(self, token: str, now: datetime) -> Claims:
        """Claims of a token that is ours, for us, unchanged and valid at `now` (aware); else raises `TokenError`."""
        claims = jws.payload(token, frozenset({ALGORITHM}), self._choose)
        if jws.text(claims, "iss") != self._issuer:
            raise TokenError("WRONG_ISSUER")
        jws.require_audience(claims, self._audience)
        user_id, role, roles = jws.text(claims, "sub"), jws.text(claims, "role"), claims.get("roles")
        issued_at, expires_at = jws.moment(claims, "iat"), jws.moment(claims, "exp")
        if jws.text(claims, "userId") != user_id:
            raise TokenError("MALFORMED")
        if not isinstance(roles, list) or not all(isinstance(each, str) for each in roles) or role not in roles:
            raise TokenError("MALFORMED")
        verified = Claims(
            user_id=user_id,
            email=jws.text(claims, "email"),
            role=role,
            roles=tuple(roles),
            session_id=jws.text(claims, "sid"),
            token_id=jws.text(claims, "jti"),
            issued_at=issued_at,
            expires_at=expires_at,
        )
        jws.require_valid_at(claims, now, self._leeway)
        return verified

    def _choose(self, kid: str | None) -> VerificationKey:
        key = self._keys.get(kid) if kid is not None else None
        if key is None:
            raise TokenError("UNKNOWN_KEY")
        return key


def new_opaque() -> str:
    """A random token of 256 bits, url-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def opaque_hash(token: str) -> str:
    """What is stored of an opaque token: its SHA-256, hex. Fast on purpose: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
