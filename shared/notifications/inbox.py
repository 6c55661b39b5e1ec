"""One's own notifications: listed, counted, read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.context import Context, reads_by_path, row_access
from shared.errors import NotFound
from shared.notifications.documents import (
    NOTIFICATIONS_OF_USER,
    UNREAD_OF_USER,
    Inbox,
    Notification,
)
from shared.notifications.models import NotificationOut, UnreadCount
from shared.store.document import Document
from shared.store.query import COUNT_CAP, Page
from shared.users.language import language
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from shared.notifications.models import NotificationPaging

_TICK = timedelta(microseconds=1)


def _first_batch(notification_id: str, _user_id: str) -> Iterable[tuple[type[Document], str]]:
    return ((Notification, notification_id),)


reads_by_path("notificationId", _first_batch)


def reads(user_id: str) -> tuple[tuple[type[Document], str], ...]:
    """What the endpoints here read together with the session."""
    return ((Inbox, user_id), (Preferences, user_id))


@row_access
def access_notification(ctx: Context, notification_id: str) -> Notification:
    """The caller's notification. Raises `NotFound`, also for somebody else's."""
    made = ctx.unit.get(Notification, notification_id)
    ctx.about("notifications", notification_id)
    if made is None or made.user_id != ctx.caller.id:
        raise ctx.refuse(NotFound())
    ctx.checked("access_notification", notification_id)
    return made


def listed(ctx: Context, query: "NotificationPaging") -> Page[NotificationOut]:
    """The caller's notifications, newest first, in their language."""
    since, read_up_to = _horizon(ctx), _read_up_to(ctx)
    if query.unread:
        since = max(since, read_up_to + _TICK) if read_up_to else since
        page = ctx.unit.page(UNREAD_OF_USER, query, span=(since, None), userId=ctx.caller.id, isRead=False)
    else:
        page = ctx.unit.page(NOTIFICATIONS_OF_USER, query, span=(since, None), userId=ctx.caller.id)
    locale = language(ctx)
    return page.map([NotificationOut.of(row, locale, read_up_to) for row in page.data])


def unread(ctx: Context) -> UnreadCount:
    """How many are unread, by the index: one read whatever their number, and nothing shared to keep in step."""
    since, read_up_to = _horizon(ctx), _read_up_to(ctx)
    since = max(since, read_up_to + _TICK) if read_up_to else since
    counted = ctx.unit.count(UNREAD_OF_USER, span=(since, None), userId=ctx.caller.id, isRead=False)
    return UnreadCount(count=min(counted, COUNT_CAP), count_is_minimum=counted > COUNT_CAP)


def mark_read(ctx: Context, made: Notification) -> None:
    """Mark one read."""
    if not made.is_read:
        ctx.unit.update(made, is_read=True, read_at=ctx.now)


def mark_all_read(ctx: Context, up_to: datetime | None) -> None:
    """Mark everything read that was made up to `up_to`, or up to now."""
    until = min(up_to or ctx.now, ctx.now)
    inbox = ctx.unit.get(Inbox, ctx.caller.id)
    if inbox is None:
        ctx.unit.create(Inbox(id=ctx.caller.id, read_up_to=until))
    elif inbox.read_up_to is None or inbox.read_up_to < until:
        ctx.unit.update(inbox, read_up_to=until)


def acknowledge(ctx: Context, made: Notification, channel: str) -> None:
    """A client has it: it was delivered there (seed 003 §20.4)."""
    delivered = made.channels | {channel: "delivered"} if made.channels.get(channel) == "accepted" else made.channels
    ctx.unit.update(made, channels=delivered, acknowledged_at=made.acknowledged_at or ctx.now)


def _horizon(ctx: Context) -> datetime:
    # Firestore's TTL removes what is older within a day; nobody sees it in between. Whole days: a cursor is good for a
    # list with the same bounds.
    oldest = ctx.now - timedelta(days=ctx.settings.notification_retention_days)
    return oldest.replace(hour=0, minute=0, second=0, microsecond=0)


def _read_up_to(ctx: Context) -> datetime | None:
    inbox = ctx.unit.get(Inbox, ctx.caller.id)
    return inbox.read_up_to if inbox else None
