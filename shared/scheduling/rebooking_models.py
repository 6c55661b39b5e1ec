"""Bodies and answers of moving the visits there is no time for any more."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.http.answers import Model, Out
from shared.scheduling.rule_models import Day, Time


class Move(Model):
    """Where one appointment goes."""

    appointment_id: Annotated[str, Field(min_length=36, max_length=36)]
    day: Day | None = Field(None, alias="date", description="With `time`; else to the proposed slot.")
    time: Time | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.day is None) != (self.time is None):
            raise ValueError("date and time go together")
        return self


class RebookIn(Model):
    """Which appointments to move, all or none of them."""

    appointments: Annotated[list[Move], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({move.appointment_id for move in self.appointments}) < len(self.appointments):
            raise ValueError("names an appointment twice")
        return self


class RebookedOut(Out):
    """An appointment that was moved. Times are the provider's."""

    appointment_id: str
    start_time: datetime
    end_time: datetime
    date: date
    time: str


class Rebooked(Out):
    """What rebooking did."""

    moved: list[RebookedOut]
    left: int = Field(description="Appointments that are still inside the exception, or outside the hours.")
