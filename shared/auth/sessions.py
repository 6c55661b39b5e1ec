"""Sessions and their tokens (RESOLUTIONS: Tokens).

A refresh token is `<session id>.<user id>.<256 random bits>.<check>`: its ids lead to the documents without a query,
and the keyed check tells a token that we once issued from an invented one. Only the hash of the current one is
stored. An older genuine one means that somebody kept a copy: the session ends.
"""

import hmac
import logging
import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from shared.auth.tokens import new_opaque, opaque_hash
from shared.config import path, settings
from shared.context import Context, reads_by_path
from shared.errors import ApiError, CsrfTokenInvalid, InvalidRefreshToken, NotFound
from shared.events import SESSION_ENDED
from shared.store.document import new_id
from shared.store.query import Page, Paging, page_info
from shared.users.documents import SESSIONS_OF_USER, Session, User

if TYPE_CHECKING:
    from shared.auth.tokens import TokenIssuer

log = logging.getLogger("consentmd.auth")

REFRESH_COOKIE = "refreshToken"
CSRF_COOKIE = "csrfToken"
CSRF_HEADER = "X-CSRF-Token"

#: Sessions of one user that are looked at: as many as one commit ends at once.
MOST_SESSIONS = 400
_LONGEST_TOKEN = 300
#: A gateway that hears of it later has looked at its sockets' sessions itself meanwhile.
_TOLD_FOR = timedelta(hours=1)


class Issued(NamedTuple):
    """Tokens that were just issued; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


@cache
def issuer() -> "TokenIssuer":
    """Signs access tokens. Only identity functions are given the key."""
    from shared.auth.tokens import TokenIssuer

    config = settings()
    key = path(config.jwt_private_key_file).read_bytes()
    return TokenIssuer(key, config.jwt_issuer, config.jwt_audience, config.access_token_minutes * 60)


def open_session(ctx: Context, user: User, *, mfa: bool) -> tuple[Session, Issued]:
    """Sign `user` in on this device: a session, its tokens and its cookies."""
    session_id = new_id()
    token = _new_refresh_token(ctx, session_id, user.id)
    expires_at = ctx.now + timedelta(days=ctx.settings.refresh_token_days)
    session = ctx.unit.create(
        Session(
            id=session_id,
            user_id=user.id,
            refresh_hash=opaque_hash(token),
            created_at=ctx.now,
            last_seen_at=ctx.now,
            expires_at=expires_at,
            idle_at=min(expires_at, ctx.now + timedelta(minutes=ctx.settings.session_idle_minutes)),
            ip_address=ctx.address,
            user_agent=ctx.user_agent,
            mfa=mfa,
        )
    )
    return session, _issue(ctx, user, session, token)


def refresh(ctx: Context, token: str) -> tuple[User, Issued]:
    """New tokens for old. Raises `InvalidRefreshToken`, audited; a reused token ends its session."""
    session_id, user_id = _ids(token)
    if not session_id:
        raise _invalid(ctx, "MALFORMED")
    ctx.unit.want(User, user_id)
    session, user = ctx.unit.get(Session, session_id), ctx.unit.get(User, user_id)
    # Named in the entry of a refusal; a refresh that goes well is no sign-in and leaves none.
    ctx.trail.entity_type, ctx.trail.entity_id = "sessions", session_id
    if session is None or user is None or session.user_id != user.id:
        raise _invalid(ctx, "UNKNOWN")
    if session.revoked_at is not None or not user.is_active:
        raise _invalid(ctx, "REVOKED")
    if ctx.now >= min(session.expires_at, session.idle_at):
        raise _invalid(ctx, "EXPIRED")
    if not hmac.compare_digest(session.refresh_hash, opaque_hash(token)):
        if not _genuine(ctx, token):
            raise _invalid(ctx, "UNKNOWN")
        if ctx.attempt > 1:
            # It was current when this request first looked: two of the client's own requests met, one has won.
            raise _invalid(ctx, "RACED")
        ctx.unit.update(session, revoked_at=ctx.now, revoked_reason="REFRESH_TOKEN_REUSED", keep=True)
        ctx.emit([user.id], SESSION_ENDED, {"sessionId": session.id}, life=_TOLD_FOR, keep=True)
        raise _invalid(ctx, "REUSED")
    fresh = _new_refresh_token(ctx, session.id, user.id)
    session = ctx.unit.update(
        session,
        refresh_hash=opaque_hash(fresh),
        last_seen_at=ctx.now,
        idle_at=min(session.expires_at, ctx.now + timedelta(minutes=ctx.settings.session_idle_minutes)),
        ip_address=ctx.address,
        user_agent=ctx.user_agent,
    )
    return user, _issue(ctx, user, session, fresh)


def token_sent(ctx: Context, in_body: str | None) -> str:
    """The refresh token of the body, or of the cookie if the CSRF token comes with it."""
    if in_body:
        return in_body
    in_cookie = ctx.cookies.get(REFRESH_COOKIE, "")
    if not in_cookie:
        raise _invalid(ctx, "MISSING")
    shown, expected = ctx.headers.get(CSRF_HEADER.lower(), ""), ctx.cookies.get(CSRF_COOKIE, "")
    if not expected or not hmac.compare_digest(shown.encode(), expected.encode()):
        raise ctx.refuse(CsrfTokenInvalid())
    return in_cookie


def set_csrf_cookie(ctx: Context) -> str:
    """A CSRF token in a cookie that the app can read; the cookie's value is what the header must repeat."""
    token = secrets.token_urlsafe(24)
    ctx.cookie(CSRF_COOKIE, token, seconds=ctx.settings.refresh_token_days * 86400, http_only=False)
    return token


def clear_cookies(ctx: Context) -> None:
    """Take the session's cookies away."""
    ctx.cookie(REFRESH_COOKIE, "", seconds=0, http_only=True)
    ctx.cookie(CSRF_COOKIE, "", seconds=0, http_only=False)


def revoke(ctx: Context, session: Session, reason: str) -> None:
    """End a session; it ends at once, since every request looks at it, and its sockets are told."""
    if session.revoked_at is None:
        ctx.unit.update(session, revoked_at=ctx.now, revoked_reason=reason)
        ctx.emit([session.user_id], SESSION_ENDED, {"sessionId": session.id}, life=_TOLD_FOR)


def sessions_of(ctx: Context, user_id: str) -> list[Session]:
    """A user's sessions that have not ended, newest first."""
    found = ctx.unit.find(SESSIONS_OF_USER, userId=user_id, limit=MOST_SESSIONS)
    return [s for s in found if s.revoked_at is None and ctx.now < min(s.expires_at, s.idle_at)]


def page_of(ctx: Context, paging: Paging) -> Page[Session]:
    """A page of the caller's sessions, newest first."""
    alive = sessions_of(ctx, ctx.caller.id)
    first = (paging.page - 1) * paging.limit
    shown = alive[first : first + paging.limit]
    return Page[Session].model_construct(data=shown, pagination=page_info(len(alive), paging, None))


def revoke_own(ctx: Context, session_id: str) -> None:
    """End one of the caller's sessions. Raises `NotFound` for any other, audited."""
    session = ctx.unit.get(Session, session_id)
    ctx.about("sessions", session_id)
    if session is None or session.user_id != ctx.caller.id:
        raise ctx.refuse(NotFound())
    revoke(ctx, session, "REVOKED_BY_USER")


def revoke_others(ctx: Context) -> None:
    """End the caller's sessions but this one."""
    ctx.about("users", ctx.caller.id)
    user, current = ctx.caller.user, ctx.caller.session.id
    end_sessions(ctx, user, sessions_of(ctx, user.id), "REVOKED_BY_USER", but=current)


def end_sessions(ctx: Context, user: User, sessions: Iterable[Session], reason: str, *, but: str = "") -> User:
    """End a user's sessions, except the one with id `but`.

    Writes the user, too: a sign-in that is under way writes it as well, so one of the two commits fails and runs
    again with the other's outcome before its eyes.
    """
    for session in sessions:
        if session.id != but:
            revoke(ctx, session, reason)
    return ctx.unit.update(user, updated_at=ctx.now)


def _new_refresh_token(ctx: Context, session_id: str, user_id: str) -> str:
    unchecked = f"{session_id}.{user_id}.{new_opaque()}"
    return f"{unchecked}.{ctx.unit.sealer.blind('refresh token', unchecked)}"


def _genuine(ctx: Context, token: str) -> bool:
    unchecked, _, check = token.rpartition(".")
    return hmac.compare_digest(ctx.unit.sealer.blind("refresh token", unchecked).encode(), check.encode())


def _ids(token: str) -> tuple[str, str]:
    parts = token.split(".")
    sound = len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable() and len(parts) == 4
    if not sound or not all(len(p) == 36 and set(p) <= set("0123456789abcdef-") for p in parts[:2]):
        return "", ""
    return parts[0], parts[1]


def _issue(ctx: Context, user: User, session: Session, refresh_token: str) -> Issued:
    access = issuer().issue(user.id, user.email, user.role, [user.role], session.id, ctx.now)
    remaining = int((session.expires_at - ctx.now).total_seconds())
    ctx.cookie(REFRESH_COOKIE, refresh_token, seconds=remaining, http_only=True)
    set_csrf_cookie(ctx)
    return Issued(access, refresh_token, ctx.settings.access_token_minutes * 60)


def _invalid(ctx: Context, cause: str) -> ApiError:
    log.info("refresh refused", extra={"reason": cause})
    return ctx.refuse(InvalidRefreshToken(), cause=cause)


def _reads(session_id: str, _user_id: str) -> tuple[tuple[type[Session], str], ...]:
    return ((Session, session_id),)


reads_by_path("sessionId", _reads)
