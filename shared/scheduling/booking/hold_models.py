"""Bodies and answers of holding slots."""

from datetime import date, datetime

from pydantic import Field

from shared.http.answers import Model, Out
from shared.scheduling.booking import fields


class NewHold(Model):
    """A slot to keep while booking."""

    date: fields.Day
    time: fields.WallTime
    duration: fields.Duration | None = None
    service_id: str | None = Field(None, max_length=100)
    #: The seed sends the type with the service; both name it.
    type: fields.TypeName | None = None


class HoldOut(Out):
    """A kept slot."""

    hold_id: str
    provider_id: str
    date: date
    time: str
    time_zone: str
    duration: int
    expires_at: datetime
