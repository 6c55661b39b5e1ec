"""Asking for a provider's free days and directory entry to be brought up to date."""

from datetime import datetime

from shared.context import Context
from shared.users.documents import User

#: Changes of one provider within this time are one refresh.
_COALESCE_SECONDS = 10


def changed(ctx: Context, provider_id: str) -> None:
    """What a provider's free time or entry follows from has changed: rules, exceptions, bookings, the profile."""
    slice_ = int(ctx.now.timestamp()) // _COALESCE_SECONDS + 1
    at = datetime.fromtimestamp(slice_ * _COALESCE_SECONDS, tz=ctx.now.tzinfo)
    ctx.enqueue("refresh_provider", provider_id, at=at, dedupe_key=f"provider-{provider_id}-{slice_}")


def account_changed(ctx: Context, user: User) -> None:
    """An account was verified, renamed, closed, opened or deleted; nothing follows for who is no doctor."""
    if user.role.is_provider:
        changed(ctx, user.id)
