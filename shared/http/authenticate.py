"""Who is calling: access tokens, sessions, and the OIDC tokens of Cloud Tasks and Cloud Scheduler."""

import logging
import time
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from shared.auth.tokens import Claims, TokenError, TokenVerifier
from shared.config import Settings, path, settings
from shared.context import Caller, Context
from shared.errors import SessionEnded, TokenExpired, TokenInvalid, TokenMissing
from shared.store.unit import Unit
from shared.users.documents import Session, User

if TYPE_CHECKING:
    import requests
    from flask import Request

log = logging.getLogger("consentmd.auth")

LONGEST_TOKEN = 8192

#: Where the realtime gateway puts who a socket belongs to, in the WSGI environment of a request it makes for it.
KNOWN_CLAIMS = "consentmd.claims"


def bearer(request: "Request") -> str:
    """The bearer token of the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing
    if len(token) > LONGEST_TOKEN:
        raise TokenInvalid
    return token


@cache
def verifier() -> TokenVerifier:
    """Checks our own access tokens against the published keys."""
    import json

    jwks = json.loads(path(settings().jwks_file).read_text())
    return TokenVerifier(jwks, settings().jwt_issuer, settings().jwt_audience, settings().jwt_leeway_seconds)


def claims(request: "Request", config: Settings) -> Claims:
    """What the access token says. Its session is checked by `identify`."""
    # No header can set it: what a client sends is called HTTP_*.
    known: Claims | None = request.environ.get(KNOWN_CLAIMS)
    return known or token_claims(bearer(request), config)


def token_claims(token: str, config: Settings) -> Claims:
    """The same of a token by itself."""
    if config.identity_mode == "external":
        from shared.auth import federated

        return federated.claims(token, config)
    try:
        return verifier().verify(token, datetime.now(UTC))
    except TokenError as refused:
        log.info("token refused", extra={"reason": refused.reason})
        raise (TokenExpired if refused.reason == "EXPIRED" else TokenInvalid) from None


def want(unit: Unit, found: Claims) -> None:
    """Read the account and its session with the first batch."""
    unit.want(Session, found.session_id)
    unit.want(User, found.user_id)


def identify(ctx: Context, found: Claims) -> None:
    """The account behind a token, as it is now. Raises `SessionEnded`."""
    unit = ctx.unit
    session, user = unit.get(Session, found.session_id), unit.get(User, found.user_id)
    if ctx.settings.identity_mode == "external" and (session is None or user is None):
        from shared.auth import federated

        session, user = federated.sync(ctx, found)
    if (
        session is None
        or user is None
        or session.user_id != user.id
        or session.revoked_at is not None
        or ctx.now >= min(session.expires_at, session.idle_at)
        or not user.is_active
    ):
        log.info("session ended", extra={"reason": "SESSION_ENDED", "userId": found.user_id})
        ctx.about("sessions", found.session_id)
        raise ctx.refuse(SessionEnded())
    ctx.identify(Caller(user, session))


def machine(request: "Request", config: Settings, account: str) -> None:
    """Check the OIDC token of Cloud Tasks or Cloud Scheduler; the platform's IAM has done so before us."""
    from google.auth.transport.requests import Request as CertificateRequest
    from google.oauth2 import id_token

    token = bearer(request)
    expected = worker_audience(request, config)
    try:
        payload = id_token.verify_token(
            token,
            CertificateRequest(session=certificate_session()),
            audience=expected,
            certs_url=config.oidc_certs_url,
        )
    except Exception as refused:  # google-auth raises ValueError and its own kinds; each means: not a token of ours
        log.warning("machine token refused", extra={"reason": type(refused).__name__})
        raise TokenInvalid from None
    if payload.get("email") != account or not payload.get("email_verified"):
        log.warning("machine token refused", extra={"reason": "WRONG_ACCOUNT"})
        raise TokenInvalid


def worker_audience(request: "Request", config: Settings) -> str:
    """The audience a worker expects: its own URL, without query."""
    origin = config.worker_url.split("/tasks/")[0].format(
        target=request.path.rsplit("/", 1)[-1], name=request.path.rsplit("/", 1)[-1].replace("_", "-")
    )
    return origin + request.path


@cache
def certificate_session() -> "requests.Session":
    """A session that keeps certificates for five minutes: every task would fetch them again otherwise."""
    import requests
    from requests.adapters import HTTPAdapter

    class Keeping(HTTPAdapter):
        def __init__(self) -> None:
            super().__init__()
            self._kept: dict[str, tuple[float, requests.Response]] = {}

        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            key = request.url or ""
            until, answer = self._kept.get(key, (0.0, None))
            if answer is None or until < time.monotonic():
                answer = super().send(request, *args, **options)
                _ = answer.content  # read whole now: the connection goes back to the pool
                if answer.ok:
                    self._kept[key] = (time.monotonic() + 300, answer)
            return answer

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Keeping())
    return session
