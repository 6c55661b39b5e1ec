"""Multi-factor sign-in switched on and off."""

from shared import emails
from shared.auth import mfa
from shared.auth.credentials import own_credentials
from shared.auth.second_factor import check_code, check_password, forbid_guessing, wrong_code
from shared.auth.second_factor_models import BackupCodes, Enrolment
from shared.context import Context
from shared.errors import AlreadyDone, MfaNotPending
from shared.users.documents import User


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
    forbid_guessing(ctx, user.id)
    step = mfa.matching_step(credentials.mfa_pending_secret, code, ctx.now)
    if step is None:
        raise wrong_code(ctx, user.id, "WRONG_CODE")
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


def renew_backup_codes(ctx: Context) -> BackupCodes:
    """New backup codes; the ones before stop working. Raises `MfaNotPending` when it is off."""
    credentials = own_credentials(ctx)
    ctx.about("users", ctx.caller.id)
    if not ctx.caller.user.mfa_enabled:
        raise MfaNotPending("Multi-factor sign-in is off, so there are no backup codes.")
    codes = mfa.new_backup_codes()
    ctx.unit.update(credentials, backup_code_hashes=[mfa.backup_code_hash(each) for each in codes])
    return BackupCodes(backup_codes=codes)


def _tell(ctx: Context, user: User, template: str) -> None:
    emails.send(ctx, user.email, template, link=emails.link(ctx.settings, "forgot-password"), when=ctx.now)
