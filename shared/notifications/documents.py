"""Stored documents of notifications.

`notifications/{id}` {userId, type, refKind, refId, isRead, readAt, createdAt, channels, urgent, expiresAt}: one per
user, its id derived from what asked for it and the user, so that asking twice makes one.

`notificationInboxes/{userId}` {readUpTo, hasDevices}: everything up to then is read. Marking all read is one small
write whatever the number; unread is counted by the index, up to a cap, so no counter is shared by all that notify
somebody.

`devices/{id}` {userId, token (sealed), platform}: where push goes; its id derives from the token.

`pushes/{notificationId}` and `deadLetters/{id}`: see `shared.notifications.push` and `.outcomes`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.events import NotificationType
from shared.store.document import Document, Sealed, Value
from shared.store.query import Query


class Channel(StrEnum):
    """How a notification reaches somebody (seed 003 §20.1)."""

    IN_APP = "inApp"
    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"


#: off: the user does not want it · unreachable: no device, no verified number, opted out · held: until quiet hours
#: end · queued: on its way · accepted: the vendor has it · delivered: it arrived (SMS callback, an app's
#: acknowledgement) · unregistered: no device of theirs exists any more · superseded: read before it was due, or told of
#: by another · failed: given up.
ChannelState = Literal[
    "off", "unreachable", "held", "queued", "accepted", "delivered", "unregistered", "superseded", "failed"
]


class Notification(Document):
    """One user's notification; `channels` says how each delivery went."""

    collection = "notifications"
    ttl = "expiresAt"

    user_id: str
    type: NotificationType
    ref_kind: str
    ref_id: str
    is_read: bool = False
    read_at: datetime | None = None
    created_at: datetime
    channels: dict[str, ChannelState] = {}
    #: Seed 003 §20.4: a client said that it has it.
    acknowledged_at: datetime | None = None
    expires_at: datetime | None = None


class Inbox(Document):
    """What a user's notifications have in common. Its id is the user's."""

    collection = "notificationInboxes"

    read_up_to: datetime | None = None
    #: Whether push has somewhere to go.
    has_devices: bool = False


class QuietHours(Value):
    """When a user is not to be disturbed, as wall times in their zone; `start` may be after `end` (over midnight)."""

    enabled: bool = False
    start: str = "22:00"
    end: str = "07:00"


class NotificationPreferences(Document):
    """What a user changed of the matrix of types and channels. Its id is the user's; absent means the defaults."""

    collection = "notificationPreferences"

    #: type → channel → wanted; only what differs from the defaults was ever stored.
    types: dict[str, dict[str, bool]] = {}
    quiet_hours: QuietHours = Field(default_factory=QuietHours)
    #: Minutes before a visit.
    reminder_minutes: list[int] = [1440, 60]
    updated_at: datetime | None = None


class Device(Document):
    """An app that takes push notifications. Its id derives from the token: a token belongs to one account."""

    collection = "devices"
    domain = "users"

    user_id: str
    token: Sealed[str]
    platform: Literal["ios", "android", "web"]
    registered_at: datetime


NOTIFICATIONS_OF_USER = Query("notifications_of_user", Notification, equal=("userId",), order=("-createdAt",))
UNREAD_OF_USER = Query("unread_of_user", Notification, equal=("userId", "isRead"), order=("-createdAt",))
DEVICES_OF_USER = Query("devices_of_user", Device, equal=("userId",), order=("-registeredAt",))
