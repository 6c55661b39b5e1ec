"""Idempotency-Key: the same request sent twice is done once.

A key belongs to a user and an endpoint and is kept 24 hours. The record is created in the commit that does the work,
so that of two twins one commit fails, runs again, and finds the answer of the other. Only 2xx answers are kept, and
kept sealed: they hold what the answer held. Row access is asked again before a stored answer is given out.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from shared.context import ROW_ACCESS, Context
from shared.errors import Detail, IdempotencyKeyReused, ValidationFailed
from shared.store.document import Document, Sealed

KEPT = timedelta(hours=24)


class IdempotencyRecord(Document):
    """The answer given to a key."""

    collection = "idempotency"
    ttl = "expiresAt"

    user_id: str
    endpoint: str
    request_hash: str
    status: int
    answer: Sealed[str | None]
    headers: dict[str, str]
    checks: list[dict[str, Any]]
    expires_at: datetime


def record_id(user_id: str, endpoint: str, key: str) -> str:
    """Document id of a key's record."""
    return hashlib.sha256(f"{user_id}\x00{endpoint}\x00{key}".encode()).hexdigest()


def read_key(header: str | None) -> str | None:
    """The key as sent: 1 to 255 printable ASCII characters."""
    if header is None:
        return None
    if not 1 <= len(header) <= 255 or not header.isascii() or not header.isprintable():
        raise ValidationFailed(details=[Detail("Idempotency-Key", "must be 1 to 255 printable ASCII characters")])
    return header


def request_hash(method: str, path: str, query: bytes, body: bytes) -> str:
    """What must be the same for a request to be the same."""
    digest = hashlib.sha256()
    for part in (method.encode(), path.encode(), query, body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def find(ctx: Context, rid: str, hashed: str) -> IdempotencyRecord | None:
    """The record to replay, if any. Raises `IdempotencyKeyReused`, or what row access says now."""
    record = ctx.unit.get(IdempotencyRecord, rid)
    if record is None or record.expires_at <= ctx.now:
        return None
    if record.request_hash != hashed:
        raise IdempotencyKeyReused
    for check in record.checks:
        name, *args = check["call"]
        ROW_ACCESS[name](ctx, args[0], to=args[1])
    return record


def keep(ctx: Context, rid: str, endpoint: str, hashed: str, status: int, answer: str | None) -> None:
    """Store the answer with the commit."""
    record = IdempotencyRecord(
        id=rid,
        user_id=ctx.caller.id,
        endpoint=endpoint,
        request_hash=hashed,
        status=status,
        answer=answer,
        headers=dict(ctx.answer_headers),
        checks=[{"call": [check.name, *check.args]} for check in ctx.checks],
        expires_at=ctx.now + KEPT,
    )
    expired = ctx.unit.get(IdempotencyRecord, rid)
    if expired is None:
        ctx.unit.create(record)
    else:
        ctx.unit.update(expired, **{n: getattr(record, n) for n in IdempotencyRecord.model_fields if n != "id"})
