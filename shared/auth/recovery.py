"""Passwords that are lost or changed, and addresses that are to be confirmed (seed 002; RESOLUTIONS: identity)."""

import logging

from shared import emails
from shared.auth import links, sessions
from shared.auth.credentials import own_credentials
from shared.auth.passwords import check_password
from shared.context import Context
from shared.errors import InvalidCredentials, PasswordUnchanged
from shared.http import limits
from shared.users.documents import SESSIONS_OF_USER, User

log = logging.getLogger("consentmd.auth")

#: Mails of one kind that one address gets in an hour, however often they are asked for.
MAILS_PER_HOUR = 5


def ask_for_mail(ctx: Context, email: str, purpose: emails.Purpose) -> None:
    """Queue a reset or confirmation mail, if an account has this address; the worker finds out.

    The same work whether it has one or not, and no answer either way. More than five an hour are asked for in vain.
    """
    ctx.about("users", None)
    key = limits.attempts_id(f"mail-{purpose}", ctx.unit.sealer.blind("email", email))
    if limits.count_attempt(ctx.unit, key, 3600, MAILS_PER_HOUR) is None:
        template = {"reset": "reset_password", "verify": "verify_email"}[purpose]
        emails.send(ctx, email, template, purpose=purpose)
    else:
        ctx.trail.details["cause"] = "TOO_MANY_MAILS"


def reset_password(ctx: Context, token: str, password: str) -> None:
    """Set a new password by a link; every session ends. Raises `LinkExpired` or `WeakPassword`."""
    from shared.auth.passwords import hash_password

    user, credentials = links.redeem(ctx, "reset", token)
    check_password(password, (user.email, user.name))
    ended = ctx.unit.find(SESSIONS_OF_USER, userId=user.id, limit=sessions.MOST_SESSIONS)
    # Whoever has the link reads the address's mail.
    user = ctx.unit.update(user, email_verified=True)
    user = sessions.end_sessions(ctx, user, ended, "PASSWORD_RESET")
    ctx.unit.update(
        credentials,
        password_hash=hash_password(password, ctx.settings.bcrypt_cost),
        password_changed_at=ctx.now,
    )
    _tell(ctx, user)
    log.info("password reset", extra={"reason": "PASSWORD_RESET", "userId": user.id})


def change_password(ctx: Context, current: str, new: str) -> None:
    """Change the caller's password; every other session ends.

    Raises `InvalidCredentials`, `WeakPassword` or `PasswordUnchanged`.
    """
    from shared.auth.passwords import hash_password, verify_nothing, verify_password

    user, credentials = ctx.caller.user, own_credentials(ctx)
    ctx.about("users", user.id)
    stored, cost = credentials.password_hash, ctx.settings.bcrypt_cost
    if not (verify_password(current, stored) if stored else verify_nothing(current, cost)):
        log.info("password refused", extra={"reason": "WRONG_PASSWORD", "userId": user.id})
        raise ctx.refuse(InvalidCredentials(), cause="WRONG_PASSWORD")
    if new == current:
        raise PasswordUnchanged
    check_password(new, (user.email, user.name), field="newPassword")
    others = sessions.sessions_of(ctx, user.id)
    user = sessions.end_sessions(ctx, user, others, "PASSWORD_CHANGED", but=ctx.caller.session.id)
    ctx.unit.update(credentials, password_hash=hash_password(new, cost), password_changed_at=ctx.now)
    _tell(ctx, user)


def verify_email(ctx: Context, token: str) -> None:
    """Confirm an address by a link. Raises `LinkExpired`."""
    user, _ = links.redeem(ctx, "verify", token)
    ctx.unit.update(user, email_verified=True, updated_at=ctx.now)


def _tell(ctx: Context, user: User) -> None:
    link = emails.link(ctx.settings, "forgot-password")
    emails.send(ctx, user.email, "password_changed", link=link, when=ctx.now)
