"""Bodies and answers about notifications."""

from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from shared.events import NotificationType
from shared.http.answers import Model, Out
from shared.notifications.documents import ChannelState, Notification
from shared.store.query import Paging


class NotificationPaging(Paging):
    """Which part of the list (seed 003: the latest 20)."""

    default_limit: ClassVar[int] = 20

    unread: bool | None = Field(None, description="Only unread ones.")


class NotificationOut(Out):
    """A notification (seed 003 §20.5). `data` names the record it is about; its text is of a closed vocabulary."""

    id: str
    user_id: str
    type: NotificationType
    title: str
    body: str
    data: dict[str, str]
    is_read: bool
    read_at: datetime | None
    action: str | None = Field(description="Page of the app to open.")
    channels: dict[str, ChannelState] = Field(description="How each delivery went.")
    created_at: datetime
    timestamp: datetime

    @classmethod
    def of(cls, made: Notification, locale: str, read_up_to: datetime | None = None) -> Self:
        """A stored notification in the words of `locale`."""
        from shared.notifications.vocabulary import action, words

        said = words(made.type, locale, made.ref_kind)
        covered = read_up_to is not None and made.created_at <= read_up_to
        values: dict[str, Any] = {
            "id": made.id, "user_id": made.user_id, "type": made.type, "title": said.title, "body": said.body,
            "data": {"refKind": made.ref_kind, "refId": made.ref_id, "notificationId": made.id},
            "is_read": made.is_read or covered, "read_at": made.read_at or (read_up_to if covered else None),
            "action": action(made.ref_kind, made.ref_id), "channels": made.channels,
            "created_at": made.created_at, "timestamp": made.created_at,
        }  # fmt: skip
        return cls(**values)


class NotificationRead(Out):
    """A notification was marked read (seed 003 §20.6)."""

    success: Literal[True] = True
    message: str = "Notification marked as read"


class ReadAll(Model):
    """Up to which moment everything is read; without it, up to now."""

    up_to: datetime | None = Field(None, description="`createdAt` of the newest notification that was shown.")


class UnreadCount(Out):
    """How many notifications are unread."""

    count: int = Field(description="Exact up to 1,000.")
    count_is_minimum: bool = Field(default=False, description="There are more than `count` says.")


class Acknowledgement(Model):
    """On which channel the notification arrived."""

    channel: Literal["inApp", "push"] = "inApp"
