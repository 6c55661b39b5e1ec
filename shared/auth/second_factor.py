"""Multi-factor sign-in: enrolment, codes, backup codes (RESOLUTIONS: MFA; seed 003 §5.1)."""

import logging
from datetime import timedelta

from shared import emails
from shared.auth import mfa
from shared.auth.credentials import own_credentials
from shared.auth.second_factor_models import BackupCodes, Enrolment
from shared.context import Context
from shared.errors import AlreadyDone, ApiError, InvalidCredentials, InvalidMfaCode, MfaNotPending
from shared.http import limits
from shared.store.document import Document
from shared.users.credentials import Credentials
from shared.users.documents import User

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
    _forbid_guessing(ctx, credentials.id)
    step = mfa.matching_step(credentials.mfa_secret, code, ctx.now) if credentials.mfa_secret else None
    if step is not None and step > credentials.mfa_last_step:
        return ctx.unit.update(credentials, mfa_last_step=step)
    if credentials.mfa_secret and mfa.is_backup_code(code):
        hashed = mfa.backup_code_hash(code)
        if hashed in credentials.backup_code_hashes:
            left = [each for each in credentials.backup_code_hashes if each != hashed]
            return ctx.unit.update(credentials, backup_code_hashes=left)
    raise _wrong(ctx, credentials.id, "CODE_REUSED" if step is not None else "WRONG_CODE")


def enrol(ctx: Context) -> Enrolment:
    """Begin: a secret that counts only once a code of it is shown. Raises `AlreadyDone` when it is on."""
    user, credentials = ctx.caller.user, own_credentials(ctx)
    ctx.about("users", user.id)
    if user.mfa_enabled:
        raise AlreadyDone("Multi-factor sign-in is on. Turn it off first to enrol another device.")
    secret = mfa.new_secret()
    ctx.unit.update(credentials, mfa_pending_secret=secret)
    return Enrolment(secret=secret, qr_code=mfa.qr_data_url(mfa.otpauth_uri(secret, user.email)))


def activate(ctx: Context, code: str) -> BackupCodes:
    """Turn it on, the app having shown a code of the pending secret; gives out the backup codes."""
    user, credentials = ctx.caller.user, own_credentials(ctx)
    ctx.about("users", user.id)
    if credentials.mfa_pending_secret is None:
        raise MfaNotPending
    _forbid_guessing(ctx, user.id)
    step = mfa.matching_step(credentials.mfa_pending_secret, code, ctx.now)
    if step is None:
        raise _wrong(ctx, user.id, "WRONG_CODE")
    codes = mfa.new_backup_codes()
    ctx.unit.update(
        credentials,
        mfa_secret=credentials.mfa_pending_secret,
        mfa_pending_secret=None,
        mfa_last_step=step,
        backup_code_hashes=[mfa.backup_code_hash(each) for each in codes],
    )
    ctx.unit.update(user, mfa_enabled=True, updated_at=ctx.now)
    ctx.unit.update(ctx.caller.session, mfa=True)
    _tell(ctx, user, "mfa_enabled")
    return BackupCodes(backup_codes=codes)


def deactivate(ctx: Context, password: str, code: str) -> None:
    """Turn it off. Takes the password and a code, so that a stolen session alone cannot."""
    user = ctx.caller.user
    ctx.about("users", user.id)
    if not user.mfa_enabled:
        raise AlreadyDone("Multi-factor sign-in is off.")
    credentials = check_code(ctx, check_password(ctx, password), code)
    ctx.unit.update(credentials, mfa_secret=None, mfa_pending_secret=None, backup_code_hashes=[])
    ctx.unit.update(user, mfa_enabled=False, updated_at=ctx.now)
    _tell(ctx, user, "mfa_disabled")


def check_password(ctx: Context, password: str) -> Credentials:
    """The caller's credentials, if this is their password; wrong ones count as wrong codes do.

    Raises `InvalidCredentials` or `TooManyFailures`. An account without a password (social sign-in) has to set one by
    the link of a password reset first.
    """
    from shared.auth.passwords import verify_nothing, verify_password

    user, credentials = ctx.caller.user, own_credentials(ctx)
    _forbid_guessing(ctx, user.id)
    stored = credentials.password_hash
    if not (verify_password(password, stored) if stored else verify_nothing(password, ctx.settings.bcrypt_cost)):
        _count(ctx, user.id)
        log.info("password refused", extra={"reason": "WRONG_PASSWORD", "userId": user.id})
        raise ctx.refuse(InvalidCredentials(), cause="WRONG_PASSWORD")
    return credentials


def renew_backup_codes(ctx: Context) -> BackupCodes:
    """New backup codes; the ones before stop working. Raises `MfaNotPending` when it is off."""
    credentials = own_credentials(ctx)
    ctx.about("users", ctx.caller.id)
    if not ctx.caller.user.mfa_enabled:
        raise MfaNotPending("Multi-factor sign-in is off, so there are no backup codes.")
    codes = mfa.new_backup_codes()
    ctx.unit.update(credentials, backup_code_hashes=[mfa.backup_code_hash(each) for each in codes])
    return BackupCodes(backup_codes=codes)


def _forbid_guessing(ctx: Context, user_id: str) -> None:
    wrong = limits.recent_attempts(ctx.unit, counter(user_id)[1], WINDOW_SECONDS)
    if len(wrong) >= MOST_WRONG:
        wait = (wrong[0] + timedelta(seconds=WINDOW_SECONDS) - ctx.now).total_seconds()
        log.info("code refused", extra={"reason": "TOO_MANY_FAILURES", "userId": user_id})
        raise ctx.refuse(limits.forbid_failures(wait, MOST_WRONG))


def _wrong(ctx: Context, user_id: str, cause: str) -> ApiError:
    _count(ctx, user_id)
    log.info("code refused", extra={"reason": cause, "userId": user_id})
    return ctx.refuse(InvalidMfaCode(), cause=cause)


def _count(ctx: Context, user_id: str) -> None:
    key = counter(user_id)[1]
    limits.record_attempt(ctx.unit, key, WINDOW_SECONDS, limits.recent_attempts(ctx.unit, key, WINDOW_SECONDS))


def _tell(ctx: Context, user: User, template: str) -> None:
    emails.send(ctx, user.email, template, link=emails.link(ctx.settings, "forgot-password"), when=ctx.now)
