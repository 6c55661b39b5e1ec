"""Multi-factor sign-in: enrolment, codes, backup codes (RESOLUTIONS: MFA; seed 003 §5.1)."""

import logging
from datetime import timedelta

from shared.auth import mfa
from shared.auth.credentials import own_credentials
from shared.context import Context
from shared.errors import ApiError, InvalidCredentials, InvalidMfaCode
from shared.http import limits
from shared.store.document import Document
from shared.users.credentials import Credentials

log = logging.getLogger("consentmd.auth")

#: Wrong codes that end the attempt, and for how long.
MOST_WRONG = 5
WINDOW_SECONDS = 15 * 60


def counter(user_id: str) -> tuple[type[limits.Attempts], str]:
    """The document that counts a user's wrong codes."""
    return limits.Attempts, limits.attempts_id("mfa", user_id)


def own(user_id: str) -> tuple[tuple[type[Document], str], ...]:
    """What the endpoints here read together with the session."""
    return ((Credentials, user_id), counter(user_id))


def check_code(ctx: Context, credentials: Credentials, code: str) -> Credentials:
    """Use up a code of the app, or a backup code. Raises `InvalidMfaCode`, or `TooManyFailures` after five of those."""
    forbid_guessing(ctx, credentials.id)
    step = mfa.matching_step(credentials.mfa_secret, code, ctx.now) if credentials.mfa_secret else None
    if step is not None and step > credentials.mfa_last_step:
        return ctx.unit.update(credentials, mfa_last_step=step)
    if credentials.mfa_secret and mfa.is_backup_code(code):
        hashed = mfa.backup_code_hash(code)
        if hashed in credentials.backup_code_hashes:
            left = [each for each in credentials.backup_code_hashes if each != hashed]
            return ctx.unit.update(credentials, backup_code_hashes=left)
    raise wrong_code(ctx, credentials.id, "CODE_REUSED" if step is not None else "WRONG_CODE")


def check_password(ctx: Context, password: str) -> Credentials:
    """The caller's credentials, if this is their password; wrong ones count as wrong codes do.

    Raises `InvalidCredentials` or `TooManyFailures`. An account without a password (social sign-in) has to set one by
    the link of a password reset first.
    """
    from shared.auth.passwords import verify_nothing, verify_password

    user, credentials = ctx.caller.user, own_credentials(ctx)
    forbid_guessing(ctx, user.id)
    stored = credentials.password_hash
    if not (verify_password(password, stored) if stored else verify_nothing(password, ctx.settings.bcrypt_cost)):
        _count(ctx, user.id)
        log.info("password refused", extra={"reason": "WRONG_PASSWORD", "userId": user.id})
        raise ctx.refuse(InvalidCredentials(), cause="WRONG_PASSWORD")
    return credentials


def forbid_guessing(ctx: Context, user_id: str) -> None:
    """Refuse who has given too many wrong codes or passwords lately."""
    wrong = limits.recent_attempts(ctx.unit, counter(user_id)[1], WINDOW_SECONDS)
    if len(wrong) >= MOST_WRONG:
        wait = (wrong[0] + timedelta(seconds=WINDOW_SECONDS) - ctx.now).total_seconds()
        log.info("code refused", extra={"reason": "TOO_MANY_FAILURES", "userId": user_id})
        raise ctx.refuse(limits.forbid_failures(wait, MOST_WRONG))


def wrong_code(ctx: Context, user_id: str, cause: str) -> ApiError:
    """The refusal of a wrong code, which is counted; `cause` is for the log and the audit."""
    _count(ctx, user_id)
    log.info("code refused", extra={"reason": cause, "userId": user_id})
    return ctx.refuse(InvalidMfaCode(), cause=cause)


def _count(ctx: Context, user_id: str) -> None:
    key = counter(user_id)[1]
    limits.record_attempt(ctx.unit, key, WINDOW_SECONDS, limits.recent_attempts(ctx.unit, key, WINDOW_SECONDS))
