"""Seed 004's bodies and answers about a doctor's rules."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.http.answers import Model, Out
from shared.scheduling import zones
from shared.scheduling.exception_models import ExceptionOut
from shared.scheduling.rule_models import (
    AffectedOut,
    AvailabilityOut,
    Day,
    DayName,
    GridIn,
    HoursIn,
    When,
    WindowIn,
    _Window,
)
from shared.scheduling.text_fields import Line, Paragraph


class DoctorStatusIn(Model):
    """Whether a doctor is there (seed 002: availability status, vacation mode, emergency unavailability)."""

    status: Literal["available", "unavailable", "vacation", "emergency"] | None = None
    is_available: bool | None = Field(None, description="The same in short: true for `available`.")
    from_: When | None = Field(None, alias="from", description="Now, if left out.")
    to: When | None = Field(None, description="The end of the day, if left out; a vacation needs it.")
    reason: Paragraph | None = Field(None, max_length=500)
    accepting_new_patients: bool | None = None
    working_hours: Annotated[list[HoursIn], Field(max_length=100)] | None = Field(
        None, description="Replaces the weekly hours."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        said = {self.status, self.is_available, self.accepting_new_patients, self.working_hours is not None} - {
            None,
            False,
        }
        if not said and self.is_available is None and self.accepting_new_patients is None:
            raise ValueError("say something: status, isAvailable, acceptingNewPatients or workingHours")
        if (
            self.status is not None
            and self.is_available is not None
            and (self.status == "available") != self.is_available
        ):
            raise ValueError("status and isAvailable contradict each other")
        if self.kind == "vacation" and self.to is None:
            raise ValueError("a vacation needs its end, to")
        return self

    @property
    def kind(self) -> str | None:
        """The status asked for, from whichever field."""
        if self.status is None and self.is_available is not None:
            return "available" if self.is_available else "unavailable"
        return self.status


class DoctorStatusOut(Out):
    """Whether a doctor is there, and what that does to appointments."""

    status: Literal["available", "unavailable", "vacation", "emergency"]
    is_available: bool
    until: datetime | None
    accepting_new_patients: bool
    availability: AvailabilityOut
    affected: list[AffectedOut]


class RecurringIn(_Window):
    """Working time that comes back on several weekdays, with breaks."""

    days_of_week: Annotated[list[DayName], Field(min_length=1, max_length=7)]
    breaks: Annotated[list[WindowIn], Field(max_length=10)] = []
    location_id: str | None = Field(None, max_length=36)
    valid_from: Day | None = None
    valid_until: Day | None = None
    every_weeks: int = Field(1, ge=1, le=8)

    def windows(self) -> list[HoursIn]:
        """The windows between the breaks, for each weekday."""
        edges = [self.start_time]
        for pause in sorted(self.breaks, key=lambda b: b.start_time):
            edges += [pause.start_time, pause.end_time]
        edges.append(self.end_time)
        if edges != sorted(edges):
            raise ValueError("breaks must lie within the hours and not overlap")
        pairs = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
        rest = {name: getattr(self, name) for name in ("location_id", "valid_from", "valid_until", "every_weeks")}
        return [
            HoursIn.model_validate({"day_of_week": day, "start_time": zones.hhmm(a), "end_time": zones.hhmm(b), **rest})
            for day in dict.fromkeys(self.days_of_week)
            for a, b in pairs
        ]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.windows()
        return self


class HolidayIn(Model):
    """A day without work."""

    day: Day = Field(alias="date")
    name: Line | None = None


class SpecialDayIn(_Window):
    """Other hours than usual on one date."""

    day: Day = Field(alias="date")
    location_id: str | None = Field(None, max_length=36)


class SlotRulesIn(GridIn):
    """Rules that slots follow (seed 002: custom rules, buffer time, batch generation, holidays)."""

    recurring: Annotated[list[RecurringIn], Field(max_length=50)] | None = Field(
        None, description="Replaces the weekly hours."
    )
    holidays: Annotated[list[HolidayIn], Field(max_length=60)] = []
    special_hours: Annotated[list[SpecialDayIn], Field(max_length=60)] = []


class SlotRulesOut(Out):
    """Rules after a change."""

    availability: AvailabilityOut
    exceptions: list[ExceptionOut] = Field(description="Made by this; what was there already is not made again.")
    affected: list[AffectedOut]
