"""Accounts that an external provider keeps (IDENTITY_MODE=external; seed 003 §14.3-14.7).

Its tokens are verified on every request. The first time a token is seen, the account is read from the provider and
stored here with a session for that token, so that forced logout and everything that refers to users works as it does
with our own accounts. Ids derive from the issuer's: `uuid5(issuer, subject)`, `uuid5(issuer, subject, token id)`.
"""

import json
import logging
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

from shared import clients
from shared.auth.external import ExternalVerifier, KeysUnavailableError
from shared.auth.tokens import Claims, TokenError
from shared.config import Settings, settings
from shared.context import Context
from shared.errors import EmailTaken, IdentityProviderUnavailable, SessionEnded, TokenExpired, TokenInvalid
from shared.patients.records import change_record, create_record
from shared.store.unit import UniqueKey, unique_key
from shared.users.credentials import Credentials
from shared.users.documents import Role, Session, User
from shared.users.fields import role_named
from shared.users.phone import normalise

log = logging.getLogger("consentmd.auth")

_TIMEOUT_SECONDS = 5.0


@cache
def verifier() -> ExternalVerifier:
    """Checks the provider's tokens."""
    config = settings()
    return ExternalVerifier(
        config.external_issuer,
        audience=config.external_audience,
        shared_secret=config.external_shared_secret,
        jwks_url=config.external_jwks_url,
        leeway=config.jwt_leeway_seconds,
    )


def claims(token: str, config: Settings) -> Claims:
    """What the provider's token says, under our ids.

    Raises `TokenInvalid`, `TokenExpired` or `IdentityProviderUnavailable`.
    """
    try:
        found = verifier().verify(token, datetime.now(UTC))
    except TokenError as refused:
        log.info("token refused", extra={"reason": refused.reason})
        raise (TokenExpired if refused.reason == "EXPIRED" else TokenInvalid) from None
    except KeysUnavailableError:
        raise IdentityProviderUnavailable from None
    role = _strongest(found.roles)
    if role is None:
        log.info("token refused", extra={"reason": "UNKNOWN_ROLE"})
        raise TokenInvalid("The token names no role that is known here.")
    return Claims(
        user_id=_derived(config, found.subject),
        email=found.email,
        role=role,
        roles=found.roles,
        session_id=_derived(config, found.subject, found.token_id),
        token_id=found.token_id,
        issued_at=found.issued_at,
        expires_at=found.expires_at,
        subject=found.subject,
        token=token,
    )


def sync(ctx: Context, found: Claims) -> tuple[Session, User]:
    """Store the account and the session of a token that is seen for the first time.

    Raises `SessionEnded` when the provider does not confirm the token or the account was removed here,
    `IdentityProviderUnavailable`, or `EmailTaken` when another account has the address.
    """
    if not found.token:
        raise ValueError("claims of this backend's own tokens have nothing to synchronise")
    _confirm(ctx, found)
    said = _profile(ctx, found)
    stored = ctx.unit.get(User, found.user_id, deleted=True)
    if stored is not None and stored.deleted:
        raise ctx.refuse(SessionEnded())
    user = _update(ctx, stored, said) if stored else _create(ctx, found, said)
    session = ctx.unit.get(Session, found.session_id) or ctx.unit.create(
        Session(
            id=found.session_id,
            user_id=user.id,
            refresh_hash="",
            created_at=ctx.now,
            last_seen_at=ctx.now,
            expires_at=found.expires_at,
            idle_at=found.expires_at,
            ip_address=ctx.address,
            user_agent=ctx.user_agent,
        )
    )
    ctx.about("users", user.id)
    log.info("signed in", extra={"reason": "EXTERNAL_TOKEN", "userId": user.id, "role": user.role.value})
    return session, user


def _create(ctx: Context, found: Claims, said: dict[str, Any]) -> User:
    role: Role = said["role"]
    user = User(
        id=found.user_id,
        external_id=found.subject,
        # The provider confirms addresses and second factors; that a clinician may treat is still for us to verify.
        email_verified=True,
        verification="pending" if role.is_clinician else "none",
        created_at=ctx.now,
        updated_at=ctx.now,
        last_login=ctx.now,
        **said,
    )
    leads_to = {}
    if role is Role.PATIENT:
        patient = create_record(ctx, user)
        ctx.touch(patient.id)
        user = user.model_copy(update={"patient_id": patient.id})
        leads_to = {"patientId": patient.id}
    ctx.unit.get(UniqueKey, unique_key(ctx.unit.sealer, "email", user.email))
    ctx.unit.reserve("email", user.email, user.id, EmailTaken, leads_to)
    ctx.unit.create(Credentials(id=user.id))
    return ctx.unit.create(user)


def _update(ctx: Context, user: User, said: dict[str, Any]) -> User:
    sealer = ctx.unit.sealer
    if unique_key(sealer, "email", said["email"]) != unique_key(sealer, "email", user.email):
        leads_to = {"patientId": user.patient_id} if user.patient_id else {}
        ctx.unit.get(UniqueKey, unique_key(sealer, "email", said["email"]))
        ctx.unit.reserve("email", said["email"], user.id, EmailTaken, leads_to)
        ctx.unit.release("email", user.email)
    role: Role = said["role"]
    changes = dict(said)
    if role is not user.role and role.is_clinician:
        changes["verification"] = "pending"
    if role is Role.PATIENT and user.patient_id is None:
        changes["patient_id"] = create_record(ctx, user.model_copy(update=said)).id
    elif user.patient_id is not None and said["name"] != user.name:
        from shared.patients.documents import Patient

        patient = ctx.unit.get(Patient, user.patient_id)
        if patient is not None:
            change_record(ctx, patient, name=said["name"])
    if all(getattr(user, name) == value for name, value in changes.items()):
        return ctx.unit.update(user, last_login=ctx.now)
    return ctx.unit.update(user, **changes, last_login=ctx.now, updated_at=ctx.now)


def _confirm(ctx: Context, found: Claims) -> None:
    if not ctx.settings.external_verify_url:
        return
    answer = _ask(ctx, "POST", ctx.settings.external_verify_url, {"token": found.token})
    if answer.get("valid") is not True:
        log.info("token refused", extra={"reason": "NOT_CONFIRMED", "userId": found.user_id})
        raise ctx.refuse(SessionEnded())


def _profile(ctx: Context, found: Claims) -> dict[str, Any]:
    """What the provider says about the person; the token's own claims where it is not asked or does not say."""
    about: dict[str, Any] = {}
    if ctx.settings.external_user_url:
        from urllib.parse import quote

        url = ctx.settings.external_user_url.replace("{userId}", quote(found.subject, safe=""))
        about = _ask(ctx, "GET", url)
        # Laravel's API resources wrap the record.
        about = about["data"] if isinstance(about.get("data"), dict) else about
    name = about.get("name")
    phone = about.get("phone_number") or about.get("phoneNumber")
    role = role_named(str(about.get("role") or "")) or Role(found.role)
    return {
        "email": _email(about.get("email")) or found.email,
        "name": " ".join(name.split())[:255] if isinstance(name, str) and name.strip() else found.email.split("@")[0],
        "role": role,
        "phone_number": _phone(phone),
    }


def _email(value: Any) -> str | None:
    from pydantic import TypeAdapter, ValidationError

    from shared.users.fields import Email

    try:
        return TypeAdapter(Email).validate_python(value)
    except ValidationError:
        return None


def _phone(value: Any) -> str | None:
    try:
        return normalise(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _ask(ctx: Context, method: str, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    import requests

    try:
        answer = clients.http().request(
            method,
            url,
            json=body,
            headers={"Authorization": f"Bearer {ctx.settings.external_api_key}", "Accept": "application/json"},
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code >= 500:
            raise IdentityProviderUnavailable
        found = json.loads(answer.content[:1_000_000])
    except (requests.RequestException, ValueError):
        raise IdentityProviderUnavailable from None
    if answer.status_code != 200 or not isinstance(found, dict):
        # Seed 003 §14.3: any failure of the check counts as an invalid token.
        log.info("token refused", extra={"reason": f"PROVIDER_{answer.status_code}"})
        raise ctx.refuse(SessionEnded())
    return found


def _derived(config: Settings, *parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([config.external_issuer, *parts])))


_ORDER = (Role.ADMIN, Role.DOCTOR, Role.NURSE, Role.PATIENT, Role.FAMILY)


def _strongest(names: tuple[str, ...]) -> Role | None:
    roles = {role_named(name) for name in names}
    return next((role for role in _ORDER if role in roles), None)
