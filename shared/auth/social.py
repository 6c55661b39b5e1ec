"""Signing in through Google and Facebook (seeds 001, 002).

What a provider says is taken for who somebody is, never for what they may do. An account is found by the provider's
id for the person, else by address — but only one whose address somebody has confirmed: else whoever registered a
stranger's address first would share the account with its owner (RESOLUTIONS: Registering roles).
"""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from shared import clients
from shared.auth import accounts, sign_in
from shared.context import Context
from shared.errors import (
    AccountNotConfirmed,
    AlreadyDone,
    ApiError,
    EmailTaken,
    IdentityProviderUnavailable,
    InvalidCredentials,
    InvalidIdentityToken,
    InvalidMfaCode,
    MfaRequired,
    RoleNotOpen,
    SignInNotConfigured,
    TooManyFailures,
)
from shared.http import endpoint, public
from shared.store.unit import UniqueKey, unique_key
from shared.users.documents import Role
from shared.users.profile_models import ProfileFields

if TYPE_CHECKING:
    from shared.auth.sign_in_models import SignedIn

log = logging.getLogger("consentmd.auth")

_TIMEOUT_SECONDS = 5.0
_GOOGLE_ISSUERS = frozenset({"accounts.google.com", "https://accounts.google.com"})

#: `@social_sign_in("POST /auth/…")` declares signing in through a provider.
social_sign_in: Final = partial(
    endpoint,
    access=public,
    errors=[
        AccountNotConfirmed,
        IdentityProviderUnavailable,
        InvalidCredentials,
        InvalidIdentityToken,
        InvalidMfaCode,
        MfaRequired,
        RoleNotOpen,
        SignInNotConfigured,
        TooManyFailures,
    ],
    trips=3,
    uses=["identity"],
)


class Person(NamedTuple):
    """Somebody, as a provider knows them."""

    provider: str
    subject: str
    email: str
    name: str
    email_verified: bool


def google(ctx: Context, token: str) -> Person:
    """The person of a Google ID token.

    Raises `SignInNotConfigured`, `InvalidIdentityToken` or `IdentityProviderUnavailable`.
    """
    if not ctx.settings.google_client_id:
        raise SignInNotConfigured
    # google-auth loads requests and cryptography: only this function pays for them.
    from google.auth.exceptions import TransportError
    from google.auth.transport.requests import Request
    from google.oauth2 import id_token

    from shared.http.authenticate import certificate_session

    try:
        payload = id_token.verify_token(
            token,
            Request(session=certificate_session()),
            audience=ctx.settings.google_client_id,
            certs_url=ctx.settings.google_certs_url,
            clock_skew_in_seconds=ctx.settings.jwt_leeway_seconds,
        )
    except TransportError as lost:
        raise IdentityProviderUnavailable from lost
    except Exception:  # google-auth raises ValueError and its own kinds; each means: not a token for us
        raise _unconfirmed(ctx, "google", "TOKEN") from None
    if payload.get("iss") not in _GOOGLE_ISSUERS:
        raise _unconfirmed(ctx, "google", "ISSUER")
    if payload.get("email_verified") is not True:
        raise _unconfirmed(ctx, "google", "EMAIL_NOT_VERIFIED")
    return _person(ctx, "google", payload.get("sub"), payload.get("email"), payload.get("name"), email_verified=True)


def facebook(ctx: Context, token: str) -> Person:
    """The person of a Facebook access token that was issued to our app. Raises as `google` does.

    Facebook does not say whether it confirmed the address, so a new account has to confirm it here.
    """
    settings = ctx.settings
    if not settings.facebook_app_id or not settings.facebook_app_secret:
        raise SignInNotConfigured
    import hashlib
    import hmac

    app = f"{settings.facebook_app_id}|{settings.facebook_app_secret}"
    about = _graph(ctx, "debug_token", {"input_token": token}, app).get("data")
    if not isinstance(about, dict) or about.get("is_valid") is not True or about.get("type", "USER") != "USER":
        raise _unconfirmed(ctx, "facebook", "TOKEN")
    if str(about.get("app_id")) != settings.facebook_app_id:
        # A token that another app got from the same person must not sign in here.
        raise _unconfirmed(ctx, "facebook", "OTHER_APP")
    proof = hmac.new(settings.facebook_app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    me = _graph(ctx, "me", {"fields": "id,name,email", "appsecret_proof": proof}, token)
    if str(me.get("id")) != str(about.get("user_id")):
        raise _unconfirmed(ctx, "facebook", "OTHER_PERSON")
    return _person(ctx, "facebook", me.get("id"), me.get("email"), me.get("name"), email_verified=False)


def sign_in_as(ctx: Context, person: Person, role: Role | None, code: str | None) -> "SignedIn":
    """Sign `person` in; an account is made when there is none. Sets the answer's status to 201 then.

    Raises `AccountNotConfirmed`, `RoleNotOpen`, `InvalidCredentials` (account not active) and what `finish` raises.
    """
    sealer = ctx.unit.sealer
    known_as = unique_key(sealer, person.provider, person.subject)
    known_by, reached_at = ctx.unit.get_all(UniqueKey, [known_as, unique_key(sealer, "email", person.email)])
    if known_by or reached_at:
        account = sign_in.load(ctx, known_by or reached_at)
        return _existing(ctx, person, account, code, linked=known_by is not None)
    wanted = accounts.open_role(ctx, role or Role.PATIENT)
    profile = ProfileFields()
    user = accounts.new_user(ctx, person.email, person.name, wanted, profile, email_verified=person.email_verified)
    account = accounts.create(ctx, user, profile)
    leads_to = {"patientId": account.patient.id} if account.patient else {}
    ctx.unit.reserve(person.provider, person.subject, user.id, EmailTaken, leads_to)
    ctx.answer_status = 201
    return sign_in.finish(ctx, account, None, method=person.provider, first=True)


def _existing(
    ctx: Context, person: Person, account: sign_in.Account | None, code: str | None, *, linked: bool
) -> "SignedIn":
    ctx.about("users", account.user.id if account else None)
    if account is None or not account.user.is_active:
        log.info("sign-in refused", extra={"reason": "INACTIVE"})
        raise ctx.refuse(InvalidCredentials(), cause="INACTIVE")
    if not linked:
        if not account.user.email_verified:
            log.info("sign-in refused", extra={"reason": "ACCOUNT_NOT_CONFIRMED", "userId": account.user.id})
            raise ctx.refuse(AccountNotConfirmed())
        leads_to = {"patientId": account.user.patient_id} if account.user.patient_id else {}
        ctx.unit.reserve(person.provider, person.subject, account.user.id, AlreadyDone, leads_to)
    return sign_in.finish(ctx, account, code, method=person.provider)


def _person(ctx: Context, provider: str, subject: Any, email: Any, name: Any, *, email_verified: bool) -> Person:
    from pydantic import TypeAdapter, ValidationError

    from shared.users.fields import Email

    try:
        address = TypeAdapter(Email).validate_python(email)
    except ValidationError:
        raise _unconfirmed(ctx, provider, "NO_EMAIL") from None
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise _unconfirmed(ctx, provider, "NO_SUBJECT")
    shown = " ".join(str(name or "").split())
    shown = "".join(c for c in shown if c.isprintable())[:255] or address.partition("@")[0]
    return Person(provider, subject, address, shown, email_verified)


def _graph(ctx: Context, path: str, query: dict[str, str], token: str) -> dict[str, Any]:
    import requests

    url = f"{ctx.settings.facebook_graph_url.rstrip('/')}/{path}"
    try:
        answer = clients.http().get(
            url,
            params=query,
            # Not as access_token=: addresses end up in logs.
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code >= 500:
            raise IdentityProviderUnavailable
        found = answer.json()
    except requests.RequestException:
        # Without its cause: the exception's text repeats the address, and with it the token.
        raise IdentityProviderUnavailable from None
    if answer.status_code != 200 or not isinstance(found, dict):
        raise _unconfirmed(ctx, "facebook", "TOKEN")
    return found


def _unconfirmed(ctx: Context, provider: str, cause: str) -> ApiError:
    ctx.about("users", None)
    log.info("sign-in refused", extra={"reason": f"{provider.upper()}_{cause}"})
    return ctx.refuse(InvalidIdentityToken(), method=provider, cause=cause)
