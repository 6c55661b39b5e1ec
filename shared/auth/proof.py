"""Proof that it is really the caller who acts, for what a stolen session must not be able to do: signing notes.

With our own accounts: the password, and a code where multi-factor sign-in is on. With an external identity provider,
which keeps both: a token issued at most five minutes ago (RESOLUTIONS: Who issues identity).
"""

import logging
from datetime import timedelta
from typing import Final

from shared.auth import second_factor
from shared.context import Context
from shared.errors import FreshSignInRequired, InvalidCredentials, InvalidMfaCode, MfaRequired, TooManyFailures

log = logging.getLogger("consentmd.auth")

#: Oldest token of an external provider that counts as proof.
FRESH = timedelta(minutes=5)

#: What an endpoint that asks for proof reads together with the session.
own = second_factor.own

#: What an endpoint that asks for proof may answer.
ERRORS: Final = (FreshSignInRequired, InvalidCredentials, InvalidMfaCode, MfaRequired, TooManyFailures)


def prove(ctx: Context, password: str | None, code: str | None) -> None:
    """Raise unless it is the caller.

    Raises `InvalidCredentials`, `MfaRequired`, `InvalidMfaCode`, `TooManyFailures` after five wrong ones in a quarter
    of an hour, or `FreshSignInRequired`.
    """
    if ctx.settings.identity_mode == "external":
        _fresh(ctx)
        return
    credentials = second_factor.check_password(ctx, password or "")
    if ctx.caller.user.mfa_enabled:
        if not code:
            raise ctx.refuse(MfaRequired())
        second_factor.check_code(ctx, credentials, code)


def _fresh(ctx: Context) -> None:
    from shared.auth import federated

    # Checked by the pipeline already; a session does not remember when its token was issued.
    token = ctx.headers.get("authorization", "").partition(" ")[2].strip()
    if ctx.now - federated.verifier().verify(token, ctx.now).issued_at > FRESH:
        log.info("proof refused", extra={"reason": "TOKEN_TOO_OLD", "userId": ctx.caller.id})
        raise ctx.refuse(FreshSignInRequired())
