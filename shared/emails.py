"""E-mail as a side effect: queued in the commit, sent by a worker (`shared.email_delivery`), forgotten once sent.

`emails/{id}` {to (sealed), template, values (sealed), purpose, state: queued | accepted | failed | dropped, attempts,
leaseUntil, messageId, notificationId, locale, createdAt, sentAt}. The Message-ID derives from the document's id, so a
message that a crash makes us send twice is one message to whoever receives it.

A mail that may be asked for by anybody (`purpose`: a reset or confirmation link) is queued whether or not an account
has that address; the worker looks. So the request that asks takes the same path either way.
"""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from shared.context import Context
from shared.events import NotificationType
from shared.store.document import Document, Sealed, new_id

if TYPE_CHECKING:
    from shared.config import Settings
    from shared.users.documents import User

log = logging.getLogger("consentmd.mail")

Purpose = Literal["reset", "verify"]


class EmailMessage(Document):
    """A message on its way. `to` and `values` are erased when it has ended."""

    collection = "emails"
    domain = "users"

    to: Sealed[str | None]
    template: str
    values: Sealed[dict[str, Any] | None]
    purpose: Purpose | None = None
    locale: str = "en"
    state: Literal["queued", "accepted", "failed", "dropped"] = "queued"
    #: Why it failed or was dropped.
    reason: str | None = None
    attempts: int = 0
    lease_until: datetime | None = None
    message_id: str | None = None
    #: The notification whose e-mail this is, and whose it is.
    notification_id: str | None = None
    user_id: str | None = None
    #: The appointment whose calendar entry, as it is when the message is sent, goes with it.
    appointment_id: str | None = None
    created_at: datetime
    sent_at: datetime | None = None


def send(
    ctx: Context,
    to: str,
    template: str,
    *,
    purpose: Purpose | None = None,
    notification_id: str | None = None,
    user_id: str | None = None,
    appointment_id: str | None = None,
    locale: str = "",
    message_id: str = "",
    at: datetime | None = None,
    **values: str | datetime | timedelta,
) -> EmailMessage:
    """Queue a message with the commit. `template` and `values` are those of `shared.mail.render.TEMPLATES`.

    In `locale`, or the language of the request; under `message_id`, or a new id; to go out at `at`, or at once.
    """
    message = ctx.unit.create(
        EmailMessage(
            id=message_id or new_id(),
            locale=locale or ctx.locale,
            to=to,
            template=template,
            values={name: _stored(value) for name, value in values.items()},
            purpose=purpose,
            notification_id=notification_id,
            user_id=user_id,
            appointment_id=appointment_id,
            created_at=ctx.now,
        )
    )
    ctx.enqueue("send_email", message.id, at=at, dedupe_key=message.id)
    return message


def send_notification(
    ctx: Context, to: "User", kind: NotificationType, *, notification_id: str, **how: Any
) -> EmailMessage:
    """Queue the e-mail of a notification: that there is something of this kind, and where to read it."""
    page = link(ctx.settings, "notifications")
    return send(
        ctx, to.email, "notification", notification_id=notification_id, user_id=to.id, kind=kind.value, link=page, **how
    )


def link(settings: "Settings", page: str, token: str = "") -> str:
    """A link into the web app; its token follows `#`, which browsers keep to themselves."""
    return f"{settings.frontend_url.rstrip('/')}/{page}" + (f"#token={token}" if token else "")


def _stored(value: str | datetime | timedelta) -> str | float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else value
