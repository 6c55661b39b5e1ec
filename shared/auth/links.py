"""Links in e-mails that confirm an address or set a new password.

`accountTokens/{hash}` {kind, userId, emailIndex, createdAt, expiresAt, usedAt}. A token is `<user id>.<256 random
bits>`, so that it and the account it is for come in one read; it is stored hashed, works once, and only while the
account still has the address it was sent to.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from shared import emails
from shared.auth.tokens import new_opaque, opaque_hash
from shared.context import Context
from shared.errors import LinkExpired
from shared.store.document import Document
from shared.store.unit import UniqueKey, unique_key
from shared.users.credentials import Credentials
from shared.users.documents import User

Kind = Literal["verify", "reset"]

PAGES: dict[Kind, str] = {"verify": "verify-email", "reset": "reset-password"}


class AccountToken(Document):
    """A link that was sent."""

    collection = "accountTokens"
    ttl = "expiresAt"

    kind: Kind
    user_id: str
    #: Blind index of the address it was sent to.
    email_index: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def values_for(ctx: Context, message: emails.EmailMessage) -> dict[str, Any] | None:
    """What a reset or confirmation mail says, its token stored with the commit; None when it is not to be sent.

    Runs in the worker: whoever asked for the mail cannot tell from the answer whether the address has an account.
    """
    if message.to is None or message.purpose is None:
        return None
    key = ctx.unit.get(UniqueKey, unique_key(ctx.unit.sealer, "email", message.to))
    user = ctx.unit.get(User, key.owner_id) if key else None
    if user is None or not user.is_active or (message.purpose == "verify" and user.email_verified):
        return None
    life = lifetime(ctx, message.purpose)
    token = f"{user.id}.{new_opaque()}"
    ctx.unit.create(
        AccountToken(
            id=opaque_hash(token),
            kind=message.purpose,
            user_id=user.id,
            email_index=ctx.unit.sealer.blind("email", user.email),
            created_at=ctx.now,
            expires_at=ctx.now + life,
        )
    )
    return {
        "link": emails.link(ctx.settings, PAGES[message.purpose], token),
        "valid_for": life.total_seconds(),
    }


def lifetime(ctx: Context, kind: Kind) -> timedelta:
    """How long a link of this kind works."""
    if kind == "reset":
        return timedelta(minutes=ctx.settings.reset_token_minutes)
    return timedelta(hours=ctx.settings.email_token_hours)


def redeem(ctx: Context, kind: Kind, token: str) -> tuple[User, Credentials]:
    """The account a link was sent to; the link is used up with the commit. Raises `LinkExpired`, audited."""
    user_id = token.partition(".")[0]
    if len(user_id) != 36 or not token.isascii() or "/" in user_id:
        raise ctx.refuse(LinkExpired())
    ctx.unit.want(User, user_id)
    ctx.unit.want(Credentials, user_id)
    found = ctx.unit.get(AccountToken, opaque_hash(token))
    user, credentials = ctx.unit.get(User, user_id), ctx.unit.get(Credentials, user_id)
    if found is None or user is None or credentials is None:
        raise ctx.refuse(LinkExpired())
    ctx.about("users", user.id)
    if (
        found.kind != kind
        or found.user_id != user.id
        or found.used_at is not None
        or found.expires_at <= ctx.now
        or not user.is_active
        or found.email_index != ctx.unit.sealer.blind("email", user.email)
        # A link sent before the password was last changed must not change it back.
        or (kind == "reset" and credentials.password_changed_at is not None
            and credentials.password_changed_at > found.created_at)
    ):  # fmt: skip
        raise ctx.refuse(LinkExpired())
    ctx.unit.update(found, used_at=ctx.now)
    return user, credentials
