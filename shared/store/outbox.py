"""The transactional outbox: what has to happen after a commit is a document of that commit.

`outbox/{id}` {job, ref, at, dedupeKey, traceparent, state: pending | deferred | sent, createdAt, committedAt (server),
expiresAt}

After the commit one best-effort `createTask` wakes `dispatch_outbox` with the new ids; `sweep_outbox` finds each
minute what that missed. The dispatcher creates one Cloud Task per document, named after its dedupe key, so that it
can be dispatched twice but started once; workers are safe to repeat all the same (a task name is remembered for an
hour at the least, not for ever).
"""

from datetime import datetime
from typing import ClassVar, Literal

from shared.store.document import Document
from shared.store.query import Query
from shared.store.unit import Unit

#: Job kinds and the queue each runs in. The kind is the name of the worker's function in `functions/tasks`.
JOBS: dict[str, str] = {
    "deliver_notification": "notifications",
    "send_email": "mail",
    "send_push": "notifications",
    "deliver_sms": "sms",
    "rewrite_relationships": "maintenance",
    "rewrite_appointments": "maintenance",
    "refresh_relationship": "maintenance",
    "plan_reminders": "notifications",
    "send_reminder": "notifications",
    "expire_appointment": "maintenance",
    "offer_freed_slot": "notifications",
    "refresh_provider": "maintenance",
    "tell_displaced": "maintenance",
    "scan_file": "scans",
    "make_thumbnail": "scans",
    "sweep_files": "maintenance",
    "transcribe_message": "transcripts",
    "refresh_inboxes": "chats",
    "fan_out_message": "chats",
    "reevaluate_chats": "chats",
    "generate_note": "scribe",
    "generate_suggestions": "scribe",
    "summarize_call": "scribe",
    "draft_note_after_call": "scribe",
    "miss_call": "calls",
    "finish_call": "calls",
    "drive_recording": "calls",
    "fetch_recording": "transcripts",
    "transcribe_call": "transcripts",
    "erase_call_material": "maintenance",
}

#: Queue of the dispatcher itself.
DISPATCH_QUEUE = "outbox"

#: Cloud Tasks takes at most 30 days; what is further away waits as a document for `enqueue_due`.
HORIZON_DAYS = 25


class OutboxEntry(Document):
    """One thing to be done after the commit that wrote this."""

    collection = "outbox"
    stamped: ClassVar[tuple[str, ...]] = ("committedAt",)
    ttl = "expiresAt"

    job: str
    ref: str
    at: datetime | None = None
    dedupe_key: str
    #: Where in its trace the request was that asked for this (W3C Trace Context), for the worker's log lines.
    traceparent: str = ""
    state: Literal["pending", "deferred", "sent"] = "pending"
    created_at: datetime
    committed_at: datetime | None = None
    expires_at: datetime | None = None


def to_wake(unit: Unit) -> list[str]:
    """Ids of the entries that this unit is about to add; not of those that it marks as dispatched."""
    return [entry.id for entry in unit.pending(OutboxEntry) if entry.state == "pending"]


OUTBOX_PENDING = Query("outbox_pending", OutboxEntry, equal=("state",), order=("createdAt",))
OUTBOX_DUE = Query("outbox_due", OutboxEntry, equal=("state",), order=("at",))
