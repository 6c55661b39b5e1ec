"""The audit trail as administrators read it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared import clients, metrics
from shared.audit import copied_roots
from shared.context import Context
from shared.http.answers import Out
from shared.store import audit, audit_seals
from shared.store.query import Page, Paging


def _utc(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class AuditFilter(Paging):
    """Which entries to list."""

    user_id: str | None = Field(None, max_length=100)
    entity_type: str | None = Field(None, max_length=100)
    entity_id: str | None = Field(None, max_length=200)
    action: str | None = Field(None, max_length=100, description="The endpoint's name in capitals: UPDATE_PATIENT.")
    from_: Annotated[datetime, AfterValidator(_utc)] | None = Field(None, alias="from", description="From here on.")
    to: Annotated[datetime, AfterValidator(_utc)] | None = Field(None, description="Before here.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ and self.to and self.from_ >= self.to:
            raise ValueError("from must lie before to")
        return self


class AuditOut(Out):
    """Who did what, when, to whose record: the fields of seeds 000 §1.14 and 004 §11.1."""

    id: str
    timestamp: datetime
    created_at: datetime
    user_id: str | None
    user_role: str | None
    action: str
    entity_type: str | None
    entity_id: str | None
    resource: str | None = Field(description="Seed 004's name of entityType.")
    resource_id: str | None
    patient_ids: list[str]
    changes: list[str] = Field(description="Names of changed fields, never their values.")
    status: Literal["success", "refused", "failed"]
    reason: str | None
    details: dict[str, Any]
    ip_address: str | None
    ip: str | None
    user_agent: str | None
    request_id: str
    signature: str

    @classmethod
    def of(cls, entry: audit.AuditEntry) -> Self:
        """A stored entry, as answered."""
        return cls(
            **entry.model_dump(
                include={
                    "id", "timestamp", "user_id", "user_role", "action", "entity_type", "entity_id", "patient_ids",
                    "changes", "status", "reason", "details", "ip_address", "user_agent", "request_id", "signature",
                }
            ),
            created_at=entry.timestamp, resource=entry.entity_type, resource_id=entry.entity_id, ip=entry.ip_address,
        )  # fmt: skip


class BrokenOut(Out):
    """The first thing that does not fit."""

    kind: Literal["changed", "removed", "inserted", "moved", "seal_changed", "seal_removed"]
    entry_id: str | None
    seal: int | None


class VerdictOut(Out):
    """Whether the trail is as it was sealed; `entries` says how many sealed entries were compared."""

    valid: bool
    entries: int
    first_broken: BrokenOut | None


def list_entries(ctx: Context, query: AuditFilter) -> Page[AuditOut]:
    """Entries, newest first."""
    page = ctx.unit.page(
        audit.AUDIT_LOG,
        query,
        span=(query.from_, query.to),
        userId=query.user_id,
        entityType=query.entity_type,
        entityId=query.entity_id,
        action=query.action,
    )
    ctx.about("auditLogs", None)
    return page.map([AuditOut.of(entry) for entry in page.data])


def check(ctx: Context) -> audit_seals.Verdict:
    """Compare the whole trail with its seals, and the chain of seals with the roots kept in the locked bucket."""
    verdict = audit_seals.verify(ctx.unit, clients.keyring(), lambda since: copied_roots(ctx, since))
    ctx.about("auditLogs", None)
    ctx.trail.details["valid"] = verdict.broken is None
    outcome = "broken" if verdict.broken else "intact"
    metrics.emit(metrics.Metric.AUDIT_VERIFIED, verdict.entries, outcome=outcome)
    return verdict


def verify(ctx: Context) -> VerdictOut:
    """`check`, as it is answered."""
    verdict = check(ctx)
    broken = verdict.broken
    return VerdictOut(
        valid=broken is None,
        entries=verdict.entries,
        first_broken=BrokenOut(kind=broken.kind, entry_id=broken.entry_id, seal=broken.seal) if broken else None,
    )
