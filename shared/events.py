"""Realtime events and what is to be notified, as they are stored.

`events/{id}` {userIds, event, ids, shard, order, createdAt, committedAt (server), expiresAt}: the log that realtime
gateways read. Its order is that of the documents' create times, which are commit times, and within a commit `order`;
`committedAt` is the time at which the server began with the commit, by which it can be queried (with an overlap).

`notificationRequests/{id}` {userIds, type, refKind, refId, dedupeKey}: what `ctx.notify` asked for.

What is made of a request: `shared.notifications.documents`.
"""

import hashlib
import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from shared.store.document import Document
from shared.store.query import Query

#: Shards of the event log; gateways listen to these, not to one stream per user.
EVENT_SHARDS = 16
#: How long an event can be replayed.
EVENT_LIFE = timedelta(days=7)
#: Users one event document names at most; an event for more is several documents.
EVENT_RECIPIENTS = 200
#: A commit becomes visible at most this long after the `committedAt` of its events: longer than Firestore lets any
#: commit take.
EVENT_OVERLAP = timedelta(seconds=90)
#: Internal event: a session is over; gateways close its sockets. Clients never see it.
SESSION_ENDED = "session.ended"


class NotificationType(StrEnum):
    """Seed 003 §20.2's ten."""

    MESSAGE = "message"
    CALL_INCOMING = "call_incoming"
    CALL_MISSED = "call_missed"
    PATIENT_ALERT = "patient_alert"
    APPOINTMENT_REMINDER = "appointment_reminder"
    NOTE_SHARED = "note_shared"
    TEAM_INVITE = "team_invite"
    SYSTEM_ALERT = "system_alert"
    PRESCRIPTION_READY = "prescription_ready"
    LAB_RESULTS = "lab_results"


class Event(Document):
    """Something that happened, for the sockets of some users. Ids only, no content."""

    collection = "events"
    stamped: ClassVar[tuple[str, ...]] = ("committedAt",)
    ttl = "expiresAt"

    user_ids: list[str]
    event: str
    ids: dict[str, str]
    shard: int
    #: Place among the events of its commit.
    order: int = 0
    created_at: datetime
    committed_at: datetime | None = None
    #: Not replayed from then on; a few seconds away for what matters only now (typing, presence).
    expires_at: datetime
    #: W3C Trace Context of what made it.
    traceparent: str = ""


class NotificationRequest(Document):
    """What `ctx.notify` was asked."""

    collection = "notificationRequests"
    ttl = "expiresAt"

    user_ids: list[str]
    type: NotificationType
    ref_kind: str
    ref_id: str
    dedupe_key: str
    created_at: datetime
    done: bool = False
    expires_at: datetime | None = None


EVENTS_OF_USER = Query("events_of_user", Event, contains="userIds", order=("committedAt",))
EVENTS_OF_SHARD = Query("events_of_shard", Event, equal=("shard",), order=("committedAt",))


def shard_of(user_id: str) -> int:
    """Shard an event goes to, by its first recipient."""
    return hashlib.sha256(user_id.encode()).digest()[0] % EVENT_SHARDS


def notification_id(dedupe_key: str, user_id: str) -> str:
    """Id of the notification that a dedupe key makes for a user."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:notification:{dedupe_key}:{user_id}"))
