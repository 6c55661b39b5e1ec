"""The audit trail: one signed entry per access.

`auditLogs/{id}` holds who did what to which records, with what outcome, and the names (never the values) of changed
fields. Each entry is signed (HMAC) when it is written, and sealed within a minute (`shared.store.audit_seals`).
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from shared.store.document import Document, Sealed, to_camel
from shared.store.keys import Keyring
from shared.store.query import Query

Outcome = Literal["success", "refused", "failed"]

#: Readers ask for one shard at a time, so that entries of one moment do not all go to one index range.
SHARDS = 16


class AuditEntry(Document):
    """Who did what, when, to whose record (seeds 000 §1.14 and 004 §11.1, joined)."""

    collection = "auditLogs"
    stamped: ClassVar[tuple[str, ...]] = ("committedAt",)
    ttl = "expiresAt"

    timestamp: datetime
    committed_at: datetime | None = None
    expires_at: datetime
    user_id: str | None
    #: As it was then, so that a patient's access log needs no further reads and renames change no history.
    user_name: Sealed[str | None] = None
    user_role: str | None
    action: str
    entity_type: str | None
    entity_id: str | None
    patient_ids: list[str]
    changes: list[str]
    status: Outcome
    reason: str | None
    details: dict[str, str | int | bool]
    ip_address: str | None
    user_agent: str | None
    request_id: str
    shard: int
    signature: str = ""

    def canonical(self) -> bytes:
        """What the signature covers: everything but itself and the server's time."""
        plain = self.model_dump(mode="json", by_alias=True, exclude={"signature", "committed_at"})
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def hash(self) -> str:
        """What a seal remembers of an entry: its content, its signature and its place in time."""
        when = self.committed_at.astimezone(UTC).isoformat() if self.committed_at else ""
        return hashlib.sha256(self.canonical() + self.signature.encode() + when.encode()).hexdigest()

    def content_hash(self) -> str:
        """The same without its place in time, to tell a moved entry from a changed one."""
        return hashlib.sha256(self.canonical() + self.signature.encode()).hexdigest()


def sign(entry: AuditEntry, keyring: Keyring) -> AuditEntry:
    """`entry` with its signature and a shard."""
    placed = entry.model_copy(update={"shard": secrets.randbelow(SHARDS)})
    return placed.model_copy(update={"signature": keyring.mac().compute_mac(placed.canonical()).hex()})


AUDIT_LOG = Query(
    "audit_log",
    AuditEntry,
    optional=("userId", "entityType", "entityId", "action"),
    order=("-committedAt",),
)
ACCESS_LOG = Query("access_log", AuditEntry, contains="patientIds", order=("-committedAt",))


def details(**named: Any) -> dict[str, str | int | bool]:
    """Details of an entry without the empty ones."""
    return {to_camel(key): value for key, value in named.items() if value not in (None, "")}
