"""How deliveries went: the state of each channel on its notification, and dead letters for what was given up.

`deadLetters/{id}` {channel, ref, reason, attempts, userId, notificationId, retryable, state: open | retried}: for
administrators. It names records and codes, never a text or an address. Kept as long as notifications are.
"""

import uuid
from datetime import datetime, timedelta
from typing import Literal

from shared.context import Context
from shared.notifications.documents import ChannelState, Inbox, Notification
from shared.store.document import Document
from shared.store.query import Query

Outward = Literal["push", "email", "sms"]


class DeadLetter(Document):
    """A delivery that was given up."""

    collection = "deadLetters"
    ttl = "expiresAt"

    channel: Outward
    #: Id of the e-mail, text message or notification.
    ref: str
    reason: str
    attempts: int
    user_id: str | None = None
    notification_id: str | None = None
    retryable: bool = True
    state: Literal["open", "retried"] = "open"
    created_at: datetime
    retried_at: datetime | None = None
    retried_by: str | None = None
    expires_at: datetime


DEAD_LETTERS = Query("dead_letters", DeadLetter, equal=("state",), optional=("channel",), order=("-createdAt",))


def read_state(ctx: Context, notification_id: str) -> tuple[Notification | None, bool]:
    """A notification, and whether its user has read it."""
    made = ctx.unit.get(Notification, notification_id)
    if made is None:
        return None, False
    inbox = ctx.unit.get(Inbox, made.user_id)
    covered = inbox is not None and inbox.read_up_to is not None and made.created_at <= inbox.read_up_to
    return made, made.is_read or covered


def still_due(ctx: Context, notification_id: str, channel: Outward) -> bool:
    """Whether a delivery that may have waited is worth making: its notification exists, and nobody has read it.

    Only what was held for quiet hours is dropped for having been read: what is sent at once is sent.
    """
    made = ctx.unit.get(Notification, notification_id)
    if made is None or made.channels.get(channel) != "held":
        return made is not None
    return not read_state(ctx, notification_id)[1]


def record(ctx: Context, notification_id: str, channel: Outward, state: ChannelState) -> None:
    """Note how a channel's delivery went."""
    made = ctx.unit.get(Notification, notification_id)
    if made is not None and made.channels.get(channel) != state:
        ctx.unit.update(made, channels={**made.channels, channel: state})


def give_up(
    ctx: Context,
    channel: Outward,
    ref: str,
    *,
    reason: str,
    attempts: int,
    notification_id: str | None,
    retryable: bool,
) -> None:
    """Put a delivery before the administrators; one letter for each delivery, however often it dies."""
    made = ctx.unit.get(Notification, notification_id) if notification_id else None
    letter_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:dead-letter:{channel}:{ref}"))
    ctx.unit.put(
        DeadLetter(
            id=letter_id,
            channel=channel,
            ref=ref,
            reason=reason,
            attempts=attempts,
            user_id=made.user_id if made else None,
            notification_id=notification_id,
            retryable=retryable,
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(days=ctx.settings.notification_retention_days),
        )
    )
