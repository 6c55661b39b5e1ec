"""The log of calls as it is asked for and answered."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.calls.documents import CallLog, CallType, spoken
from shared.calls.models import Id
from shared.http.answers import Out
from shared.store.query import Paging


class CallList(Paging):
    """Which calls to list."""

    type: CallType | None = None
    direction: Literal["incoming", "outgoing", "missed"] | None = Field(
        None, description="`missed`: incoming ones nobody answered."
    )
    status: Literal["answered", "missed", "declined"] | None = None
    from_: datetime | None = Field(None, alias="from", description="Begun at or after.")
    to: datetime | None = Field(None, description="Begun before.")
    patient_id: Id | None = Field(
        None, description="Calls about this patient, for those with access to the record, instead of the caller's own."
    )

    @model_validator(mode="after")
    def _zoned(self) -> Self:
        if any(at is not None and at.tzinfo is None for at in (self.from_, self.to)):
            raise ValueError("from and to need a time zone, e.g. 2026-01-31T00:00:00Z")
        if self.patient_id is not None and (self.direction or self.status):
            raise ValueError("direction and status are of the caller's own calls; leave them out with patientId")
        return self


class LogOut(Out):
    """A call that is over, as the caller sees it."""

    id: str
    call_id: str
    direction: Literal["incoming", "outgoing", "missed"]
    type: CallType
    status: str
    duration: str | None = Field(examples=["15m 30s"])
    duration_seconds: int
    participants: list[dict[str, str | None]]
    patient_id: str | None
    created_at: datetime
    ended_at: datetime | None


def log_out(log: CallLog) -> LogOut:
    """A row of somebody's log."""
    missed = log.direction == "incoming" and log.status == "missed"
    return LogOut(
        id=log.call_id,
        call_id=log.call_id,
        direction="missed" if missed else log.direction,
        type=log.call_type,
        status=log.status,
        duration=spoken(log.duration_seconds),
        duration_seconds=log.duration_seconds,
        participants=[{"id": i, "name": log.names.get(i)} for i in log.peer_ids],
        patient_id=log.patient_id,
        created_at=log.created_at,
        ended_at=log.ended_at,
    )
