"""Bodies and answers about notifications."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field

from shared.events import NotificationType
from shared.http.answers import Model, Out
from shared.notifications.documents import Channel, ChannelState, Notification
from shared.store.query import Paging

DEVICE_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def _wall(text: str) -> str:
    hour, _, minute = text.partition(":")
    if not (len(text) == 5 and hour.isdigit() and minute.isdigit() and hour < "24" and minute < "60"):
        raise ValueError("must be a time of the form HH:MM, from 00:00 to 23:59")
    return text


WallTime = Annotated[str, AfterValidator(_wall), Field(examples=["22:00"])]


class NewQuietHours(Model):
    """Quiet hours to change; what is left out stays."""

    enabled: bool | None = None
    start: WallTime | None = None
    end: WallTime | None = None


class NewNotificationPreferences(Model):
    """Notification preferences to change; what is left out stays."""

    types: dict[NotificationType, dict[Channel, bool]] | None = Field(
        None,
        description="Type → channel → wanted.",
        examples=[{"message": {"email": False}, "appointment_reminder": {"sms": True}}],
    )
    quiet_hours: NewQuietHours | None = None
    reminder_minutes: Annotated[list[Annotated[int, Field(ge=5, le=20_160)]], Field(max_length=5)] | None = Field(
        None, description="Minutes before a visit at which to be reminded, at most five.", examples=[[1440, 60]]
    )


class QuietHoursOut(Out):
    """When a user is not to be disturbed, in the `timezone` of their preferences."""

    enabled: bool
    start: str
    end: str


class NotificationPreferencesOut(Out):
    """What a user wants on which channel."""

    types: dict[NotificationType, dict[Channel, bool]]
    quiet_hours: QuietHoursOut
    reminder_minutes: list[int]
    time_zone: str = Field(description="Zone of the quiet hours; PUT /users/me/preferences changes it.")
    urgent: list[NotificationType] = Field(description="Types that do not wait for the end of quiet hours.")


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


class NewDevice(Model):
    """An app that takes push notifications."""

    token: str = Field(
        min_length=20, max_length=4096, pattern=r"^[A-Za-z0-9_:.\-]+$", description="FCM registration token.",
        examples=["dGhpcyBpcyBhIHRva2Vu:APA91bH0example"],
    )  # fmt: skip
    platform: Literal["ios", "android", "web"]
    replaces: str | None = Field(
        None,
        pattern=DEVICE_ID,
        description="`deviceId` whose token this one takes the place of, when FCM gave the app a new one.",
    )


class DeviceOut(Out):
    """A registered device."""

    device_id: str
    platform: Literal["ios", "android", "web"]
    registered_at: datetime


class Acknowledgement(Model):
    """On which channel the notification arrived."""

    channel: Literal["inApp", "push"] = "inApp"


class DeadLetterPaging(Paging):
    """Which dead letters."""

    state: Literal["open", "retried"] = Field("open", description="Whether somebody has tried again.")
    channel: Literal["push", "email", "sms"] | None = None


class DeadLetterOut(Out):
    """A delivery that was given up."""

    id: str
    channel: Literal["push", "email", "sms"]
    reason: str = Field(description="Why: a code, never what was sent or to whom.", examples=["UNREACHABLE"])
    attempts: int
    user_id: str | None
    notification_id: str | None
    retryable: bool = Field(description="Whether it can be sent again; codes and links that have expired cannot.")
    state: Literal["open", "retried"]
    created_at: datetime
    retried_at: datetime | None
    retried_by: str | None
