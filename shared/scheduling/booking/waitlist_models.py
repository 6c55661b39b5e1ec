"""Bodies and answers of the waitlist."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.http.answers import Model, Out
from shared.patients.fields import UserId
from shared.scheduling.booking import fields


class NewWaitlistEntry(Model):
    """What somebody waits for."""

    from_: fields.Day = Field(alias="from")
    to: fields.Day
    duration: fields.Duration = 30
    earliest: fields.WallTime | None = None
    latest: fields.WallTime | None = None
    notes: fields.Notes | None = None
    patient_id: UserId | None = Field(None, description="Whom staff put on the list.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to < self.from_:
            raise ValueError("to must not be before from")
        if self.earliest is not None and self.latest is not None and self.latest < self.earliest:
            raise ValueError("latest must not be before earliest")
        return self


class WaitlistOffer(Out):
    """A slot that is kept for somebody on the waitlist."""

    starts_at: datetime
    expires_at: datetime


class WaitlistOut(Out):
    """A place on a waitlist."""

    entry_id: str
    provider_id: str
    patient_id: str
    from_: date = Field(alias="from")
    to: date
    duration: int
    state: Literal["waiting", "offered", "booked", "left", "over"]
    offer: WaitlistOffer | None = Field(None, description="A slot kept for them: they take it by booking it.")
    created_at: datetime
