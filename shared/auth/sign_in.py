"""Signing in (RESOLUTIONS: Register and login, Passwords, MFA).

Nothing in an answer, or in how long it takes, tells whether an account exists: unknown addresses cost the same reads
and the same bcrypt work, and their failures are counted the same.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from shared import emails
from shared.auth import second_factor
from shared.auth.devices import device_name, fingerprint
from shared.auth.sessions import open_session
from shared.auth.sign_in_models import SignedIn
from shared.context import Caller, Context
from shared.errors import ApiError, InvalidCredentials, MfaRequired, RoleNotAllowed
from shared.http import limits
from shared.patients.documents import Patient
from shared.store.document import new_id
from shared.store.unit import UniqueKey, unique_key
from shared.users.credentials import Credentials
from shared.users.documents import Role, User

if TYPE_CHECKING:
    from shared.auth.sign_in_models import SignIn

log = logging.getLogger("consentmd.auth")

#: Roles that sign in by a route of their own (seed 002).
ROLES_OF_ROUTE: Mapping[str, frozenset[Role]] = {
    "/user/login": frozenset({Role.PATIENT, Role.FAMILY}),
    "/doctor/login": frozenset({Role.DOCTOR, Role.NURSE}),
}

PAIR_SECONDS = 15 * 60
ACCOUNT_SECONDS = 60 * 60
#: Devices remembered per account.
MOST_DEVICES = 20


class Account(NamedTuple):
    """What signing in needs of an account; `patient` is a patient's own record."""

    user: User
    credentials: Credentials
    patient: Patient | None


class _Counters(NamedTuple):
    pair: str
    account: str


def sign_in(ctx: Context, body: "SignIn") -> SignedIn:
    """Sign in with a password, and a code where the account asks for one.

    Raises `InvalidCredentials`, `MfaRequired`, `InvalidMfaCode`, `RoleNotAllowed` or `TooManyFailures`, each audited.
    """
    from shared.auth.passwords import hash_password, needs_rehash, verify_nothing, verify_password

    counters = _counters(ctx, body.email)
    key_id = unique_key(ctx.unit.sealer, "email", body.email)
    for counter in counters:
        ctx.unit.want(limits.Attempts, counter)
    key = ctx.unit.get(UniqueKey, key_id)
    ctx.about("users", key.owner_id if key else None)
    _forbid_guessing(ctx, counters)
    account = load(ctx, key)
    stored = account.credentials.password_hash if account else None
    cost = ctx.settings.bcrypt_cost
    fits = verify_password(body.password, stored) if stored else verify_nothing(body.password, cost)
    if account is None or not fits or not account.user.is_active:
        _count_failure(ctx, counters)
        raise _refused(ctx, account, _cause(account, fits=fits))
    if stored and needs_rehash(stored, cost):
        rehashed = hash_password(body.password, cost)
        account = account._replace(credentials=ctx.unit.update(account.credentials, password_hash=rehashed))
    answer = finish(ctx, account, body.mfa_code, method="password")
    _forgive(ctx, counters)
    return answer


def load(ctx: Context, key: UniqueKey | None) -> Account | None:
    """The account behind a reservation, in one batch; one batch as well when there is none."""
    if key is None:
        ctx.unit.get(User, new_id())
        return None
    ctx.unit.want(Credentials, key.owner_id)
    ctx.unit.want(*second_factor.counter(key.owner_id))
    patient_id = key.leads_to.get("patientId", "")
    if patient_id:
        ctx.unit.want(Patient, patient_id)
    user = ctx.unit.get(User, key.owner_id)
    credentials = ctx.unit.get(Credentials, key.owner_id)
    if user is None or credentials is None:
        return None
    return Account(user, credentials, ctx.unit.get(Patient, patient_id) if patient_id else None)


def finish(ctx: Context, account: Account, code: str | None, *, method: str, first: bool = False) -> SignedIn:
    """Sign in somebody who has shown who they are, but for the second factor. `first`: the account was just made."""
    user, credentials, patient = account
    if user.mfa_enabled:
        if not code:
            log.info("sign-in refused", extra={"reason": "MFA_REQUIRED", "userId": user.id})
            raise ctx.refuse(MfaRequired())
        credentials = second_factor.check_code(ctx, credentials, code)
    if user.role not in ROLES_OF_ROUTE.get(ctx.route, frozenset(Role)):
        log.info("sign-in refused", extra={"reason": "WRONG_ROUTE", "userId": user.id})
        raise ctx.refuse(RoleNotAllowed("Your role signs in elsewhere; POST /auth/login takes every role."))
    user = ctx.unit.update(user, last_login=ctx.now)
    session, issued = open_session(ctx, user, mfa=user.mfa_enabled)
    _notice_device(ctx, user, credentials, first=first)
    ctx.identify(Caller(user, session))
    ctx.about("users", user.id)
    if patient is not None:
        ctx.touch(patient.id)
    ctx.trail.details |= {"method": method, "mfa": user.mfa_enabled}
    log.info("signed in", extra={"reason": "SIGNED_IN", "userId": user.id, "role": user.role.value})
    return SignedIn.as_user(issued, user, patient, ctx.settings)


def _cause(account: Account | None, *, fits: bool) -> str:
    if account is None:
        return "UNKNOWN_ACCOUNT"
    if not fits:
        return "WRONG_PASSWORD" if account.credentials.password_hash else "NO_PASSWORD"
    return "INACTIVE"


def _refused(ctx: Context, account: Account | None, cause: str) -> ApiError:
    log.info("sign-in refused", extra={"reason": cause, "userId": account.user.id if account else None})
    return ctx.refuse(InvalidCredentials(), cause=cause)


def _counters(ctx: Context, email: str) -> _Counters:
    # The address as it is looked up, so that another spelling of it is not another account to guess at.
    blind = ctx.unit.sealer.blind("email", email)
    return _Counters(
        limits.attempts_id("signInFrom", ctx.unit.sealer.blind("sign-in", f"{blind} {ctx.address}")),
        limits.attempts_id("signIn", blind),
    )


def _limits(ctx: Context, counters: _Counters) -> tuple[tuple[str, int, int], ...]:
    return (
        (counters.pair, PAIR_SECONDS, ctx.settings.login_failures_per_15_minutes),
        (counters.account, ACCOUNT_SECONDS, ctx.settings.login_failures_per_account_hour),
    )


def _forbid_guessing(ctx: Context, counters: _Counters) -> None:
    for key, seconds, allowed in _limits(ctx, counters):
        failures = limits.recent_attempts(ctx.unit, key, seconds)
        if len(failures) >= allowed:
            wait = (failures[-allowed] + timedelta(seconds=seconds) - ctx.now).total_seconds()
            log.info("sign-in refused", extra={"reason": "TOO_MANY_FAILURES"})
            raise ctx.refuse(limits.forbid_failures(wait, allowed))


def _count_failure(ctx: Context, counters: _Counters) -> None:
    for key, seconds, _ in _limits(ctx, counters):
        limits.record_attempt(ctx.unit, key, seconds, limits.recent_attempts(ctx.unit, key, seconds))


def _forgive(ctx: Context, counters: _Counters) -> None:
    """Start the count from this device anew.

    Written even when there was nothing to forgive: of guesses made at the same time, a right one then collides with
    the wrong ones and is counted behind them.
    """
    stored = ctx.unit.get(limits.Attempts, counters.pair)
    if stored is not None:
        ctx.unit.update(stored, times=[], expires_at=ctx.now + timedelta(seconds=PAIR_SECONDS))
    else:
        ctx.unit.create(limits.Attempts(id=counters.pair, expires_at=ctx.now + timedelta(seconds=PAIR_SECONDS)))


def _notice_device(ctx: Context, user: User, credentials: Credentials, *, first: bool) -> None:
    token = ctx.unit.sealer.blind("device", f"{user.id} {fingerprint(ctx.user_agent, ctx.address)}")
    known = credentials.known_devices
    if token in known:
        return
    ctx.unit.update(credentials, known_devices=[*known, token][-MOST_DEVICES:])
    if known and not first:
        emails.send(
            ctx,
            user.email,
            "new_sign_in",
            link=emails.link(ctx.settings, "account/security"),
            when=ctx.now,
            device=device_name(ctx.user_agent),
            address=ctx.address or "unknown",
        )
