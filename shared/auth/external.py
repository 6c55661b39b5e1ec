"""Tokens of an external identity provider (IDENTITY_MODE=external; seed 003 §14: Laravel, or any issuer).

The issuer is pinned, and with it how its tokens are checked: HS256 with a shared secret, or RS256/ES256 with its JWK
set, never both, so that its public key can never be taken for a shared secret.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from shared.auth import jws
from shared.auth.jws import TokenError, VerificationKey

#: Shortest HS256 secret, in bytes (RFC 7518 §3.2).
SHORTEST_SECRET: Final = 32
_KEYS_LIVE: Final = timedelta(minutes=10)
# Anyone can send a token with an invented kid: the provider is asked again only this often.
_REFETCH_PAUSE: Final = timedelta(seconds=60)
# Without any keys nobody can sign in, so it is asked again sooner; not at every request, each of which would wait.
_RETRY_PAUSE: Final = timedelta(seconds=5)
_FETCH_TIMEOUT_SECONDS: Final = 5.0
_LARGEST_KEY_SET: Final = 262_144


class KeysUnavailableError(Exception):
    """The provider's keys cannot be fetched, so its tokens can be neither accepted nor refused just now."""


class ExternalClaims(NamedTuple):
    """What a verified token of the provider says. `roles` are its own names; mapping them is the caller's."""

    subject: str
    email: str
    roles: tuple[str, ...]
    token_id: str
    issued_at: datetime
    expires_at: datetime


class ExternalVerifier:
    """Verifies tokens of one external issuer. Safe to share between threads.

    Exactly one of `shared_secret` (HS256, at least 32 bytes), `jwks` (a JWK set) and `jwks_url` (where the provider
    publishes it; https, or http on this host) must be given, else `ValueError`. With an empty `audience`, only tokens
    that name none are taken: one that names another service was not meant for this one (RFC 7519 §4.1.3). `leeway` is
    the clock difference tolerated, in seconds.
    """

    def __init__(
        self,
        issuer: str,
        *,
        audience: str = "",
        shared_secret: str = "",
        jwks: Mapping[str, Any] | None = None,
        jwks_url: str = "",
        leeway: int = 0,
    ) -> None:
        if not issuer:
            raise ValueError("The external issuer must be named; its tokens carry it as `iss`.")
        if [bool(shared_secret), jwks is not None, bool(jwks_url)].count(True) != 1:
            raise ValueError("Exactly one of a shared secret, a JWK set and a JWK set URL is needed.")
        if shared_secret and len(shared_secret.encode()) < SHORTEST_SECRET:
            raise ValueError(f"The shared secret must have at least {SHORTEST_SECRET} bytes.")
        parts = urlsplit(jwks_url)
        if jwks_url and parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("The JWK set URL must be https: whoever can change the keys can sign in as anyone.")
        self._issuer = issuer
        self._audience = audience
        self._leeway = timedelta(seconds=leeway)
        self._algorithms = frozenset({"HS256"} if shared_secret else {"RS256", "ES256"})
        self._secret = VerificationKey("HS256", shared_secret.encode()) if shared_secret else None
        self._keys = jws.public_keys(jwks) if jwks is not None else {}
        self._url = jwks_url
        self._lock = threading.Lock()
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None

    def verify(self, token: str, now: datetime) -> ExternalClaims:
        """Claims of a token that this issuer signed and that is valid at `now` (aware).

        Raises `TokenError`, or `KeysUnavailableError` when the provider's keys were never fetched and cannot be.
        """
        claims = jws.payload(token, self._algorithms, lambda kid: self._choose(kid, now))
        if jws.text(claims, "iss") != self._issuer:
            raise TokenError("WRONG_ISSUER")
        jws.require_audience(claims, self._audience)
        verified = ExternalClaims(
            subject=_subject(claims),
            email=jws.text(claims, "email"),
            roles=_roles(claims),
            token_id=_token_id(claims, token),
            issued_at=jws.moment(claims, "iat"),
            expires_at=jws.moment(claims, "exp"),
        )
        jws.require_valid_at(claims, now, self._leeway)
        return verified

    def _choose(self, kid: str | None, now: datetime) -> VerificationKey:
        if self._secret is not None:
            return self._secret
        key = self._known(kid)
        if self._url and (key is None or self._fetched_at is None or now >= self._fetched_at + _KEYS_LIVE):
            self._fetch(now)
            key = self._known(kid)
        if key is None:
            raise TokenError("UNKNOWN_KEY")
        return key

    def _known(self, kid: str | None) -> VerificationKey | None:
        keys = self._keys
        # Laravel Passport signs without a kid: with a single key there is no doubt which one is meant.
        return keys.get(kid) if kid is not None else next(iter(keys.values())) if len(keys) == 1 else None

    def _fetch(self, now: datetime) -> None:
        with self._lock:
            pause = _RETRY_PAUSE if self._fetched_at is None else _REFETCH_PAUSE
            if self._tried_at is None or now >= self._tried_at + pause:
                self._tried_at = now
                keys = _fetched(self._url)
                # While the provider is down, the keys it published last go on counting.
                if keys is not None:
                    self._keys, self._fetched_at = keys, now
            if self._fetched_at is None:
                raise KeysUnavailableError(
                    "The identity provider's keys cannot be fetched. Check EXTERNAL_JWKS_URL and that it answers."
                )


def _fetched(url: str) -> dict[str, VerificationKey] | None:
    # Only deployments with an external provider pay for importing requests.
    import requests
    import urllib3

    try:
        # A redirect could leave https, or the host that was configured.
        with requests.get(url, timeout=_FETCH_TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
            data = answer.raw.read(_LARGEST_KEY_SET + 1, decode_content=True)
            if answer.status_code != 200 or len(data) > _LARGEST_KEY_SET:
                return None
        jwks = json.loads(data)
        return jws.public_keys(jwks) if isinstance(jwks, dict) else None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError):
        return None


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    # Laravel's packages write a numeric user id as a number.
    return str(subject) if isinstance(subject, int) and not isinstance(subject, bool) else jws.text(claims, "sub")


def _roles(claims: Mapping[str, Any]) -> tuple[str, ...]:
    listed = claims.get("roles", [])
    single = claims.get("role")
    if not isinstance(listed, list):
        raise TokenError("MALFORMED")
    named = listed if single is None else [*listed, single]
    if any(not isinstance(role, str) or not role for role in named):
        raise TokenError("MALFORMED")
    return tuple(dict.fromkeys(str(role) for role in named))


def _token_id(claims: Mapping[str, Any], token: str) -> str:
    if "jti" in claims:
        return jws.text(claims, "jti")
    # Without a jti, what was signed stands for the token. Not the signature: an ECDSA one can be altered into another
    # that is valid too, which would make a revoked token look new.
    return hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()
