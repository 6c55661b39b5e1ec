"""Verifying that a telephone number is its account's: a code by SMS, before any notification goes there."""

import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.context import Context
from shared.errors import CodeNotValid, Detail, RateLimited, RecipientOptedOut, SmsNotConfigured, ValidationFailed
from shared.http.limits import Attempts, attempts_id, count_attempt, limit_headers
from shared.i18n import _
from shared.messaging import sms
from shared.messaging.documents import OptOut, PhoneVerification
from shared.messaging.models import CodeSent, PhoneVerified
from shared.store.document import Document
from shared.users.profile import set_verified_phone

if TYPE_CHECKING:
    from shared.messaging.models import PhoneToVerify

#: Codes an account may ask for in an hour, and codes that may go to one number: each costs money and disturbs.
CODES_AN_HOUR = 5
_HOUR = 3600
#: Wrong guesses of six digits that a code survives.
_MOST_WRONG = 5


def reads(user_id: str) -> tuple[tuple[type[Document], str], ...]:
    """What the endpoints here read together with the session."""
    return ((PhoneVerification, user_id), (Attempts, attempts_id("phone_codes", user_id)))


def start(ctx: Context, body: "PhoneToVerify") -> CodeSent:
    """Send a code to the number. It is kept as a keyed hash; asking again ends the one before.

    Raises `ValidationFailed` without an international number, `RecipientOptedOut`, `RateLimited`, `SmsNotConfigured`.
    """
    if not ctx.settings.twilio_account_sid:
        raise SmsNotConfigured
    number = body.phone_number or ctx.caller.user.phone_number or ""
    if not number.startswith("+"):
        raise ValidationFailed(details=[Detail("phoneNumber", "must be an international number, +<country><number>")])
    to_number = attempts_id("phone_codes", ctx.unit.sealer.blind("phone", number))
    ctx.unit.want(OptOut, sms.opt_out_id(ctx, number))
    ctx.unit.want(Attempts, to_number)
    for counter in (attempts_id("phone_codes", ctx.caller.id), to_number):
        wait = count_attempt(ctx.unit, counter, _HOUR, CODES_AN_HOUR)
        if wait is not None:
            raise RateLimited(headers=limit_headers(CODES_AN_HOUR, 0, wait))
    if sms.has_opted_out(ctx, number):
        raise RecipientOptedOut
    code = f"{secrets.randbelow(1_000_000):06d}"
    expires_at = ctx.now + timedelta(minutes=ctx.settings.phone_code_minutes)
    ctx.unit.put(
        PhoneVerification(id=ctx.caller.id, number=number, code_hash=_hash(ctx, number, code), expires_at=expires_at)
    )
    minutes = ctx.settings.phone_code_minutes
    said = _("Your ConsentMD code is {code}. It is good for {minutes} minutes. Tell it nobody.", ctx.locale, code=code,
             minutes=minutes)  # fmt: skip
    sms.send(ctx, number, said, purpose="verification")
    ctx.about("users", ctx.caller.id)
    return CodeSent(expires_at=expires_at)


def confirm(ctx: Context, code: str) -> PhoneVerified:
    """Make the number the account's verified one. Raises `CodeNotValid`; wrong guesses are counted."""
    ctx.about("users", ctx.caller.id)
    asked = ctx.unit.get(PhoneVerification, ctx.caller.id)
    if asked is None or asked.expires_at <= ctx.now or asked.wrong >= _MOST_WRONG:
        raise ctx.refuse(CodeNotValid())
    if not hmac.compare_digest(asked.code_hash, _hash(ctx, asked.number, code)):
        ctx.unit.update(asked, wrong=asked.wrong + 1, keep=True)
        raise ctx.refuse(CodeNotValid())
    ctx.unit.remove(PhoneVerification, asked.id)
    set_verified_phone(ctx, asked.number)
    return PhoneVerified(phone_number=asked.number)


def _hash(ctx: Context, number: str, code: str) -> str:
    # Keyed: a million codes are tried in a second by whoever has the database, but not the key.
    return ctx.unit.sealer.blind("phone_code", f"{ctx.caller.id}:{number}:{code}")
