"""The audit entry of one attempt, from what its context knows."""

from datetime import timedelta

from shared import clients
from shared.context import Context
from shared.errors import ApiError
from shared.store.audit import AuditEntry, Outcome, sign
from shared.store.document import new_id

_TECHNICAL = {
    "outbox", "events", "idempotency", "attempts", "auditLogs", "uniqueKeys", "notificationRequests", "realtimeTickets",
    "presence", "tallies",
}  # fmt: skip


def append_entry(ctx: Context, error: ApiError | None) -> None:
    """Write who did what to which records, with what outcome; it outlives a refusal."""
    trail, caller = ctx.trail, ctx.caller_or_none
    changes = sorted({f"{c}.{f}" for c, _, fields in ctx.unit.changes() if c not in _TECHNICAL for f in fields})
    outcome: Outcome = trail.outcome or ("success" if error is None else "refused")
    entry = AuditEntry(
        id=new_id(),
        timestamp=ctx.now,
        expires_at=ctx.now + timedelta(days=366 * ctx.settings.audit_retention_years),
        user_id=caller.id if caller else None,
        user_name=caller.user.name if caller else None,
        user_role=caller.role.value if caller else None,
        action=trail.action,
        entity_type=trail.entity_type,
        entity_id=trail.entity_id,
        patient_ids=sorted(trail.patient_ids),
        changes=changes,
        status=outcome,
        reason=error.reason if error else None,
        details=trail.details,
        ip_address=ctx.address,
        user_agent=ctx.user_agent,
        request_id=ctx.request_id,
        shard=0,
    )
    ctx.unit.create(sign(entry, clients.keyring()), keep=True)
