"""Bodies and answers about hours, exceptions and free slots (seeds 002 and 004; RESOLUTIONS: providers)."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, NaiveDatetime, model_validator

from shared.http.answers import Model, Out
from shared.scheduling import zones
from shared.scheduling.availability import WEEKDAYS, Schedule, Weekday, WeeklyHours
from shared.users import fields

_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::00)?(?:\s*([AaPp])\.?[Mm]\.?)?", re.ASCII)

#: How long one exception can be.
LONGEST = timedelta(days=366)


def wall_minute(value: Any) -> int:
    """A time of day, `14:30` or `02:30 PM`, as minutes since midnight; `24:00` is the end of the day."""
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a time of day, e.g. 14:30 or 02:30 PM")
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("must be a time of day, e.g. 14:30 or 02:30 PM")
        hour = hour % 12 + (12 if half == "p" else 0)
    if minute > 59 or hour * 60 + minute > zones.DAY:
        raise ValueError("must be a time of day, e.g. 14:30 or 02:30 PM")
    return hour * 60 + minute


def _zone(name: str) -> str:
    zones.zone(name)
    return name


def _weekday(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _when(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and fields.ISO_DATE.fullmatch(value.strip()):
        return date.fromisoformat(value.strip())
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(
                "must be a date (YYYY-MM-DD), a local time (YYYY-MM-DDTHH:MM) or an RFC 3339 time"
            ) from None
        if found.second or found.microsecond:
            raise ValueError("must be a whole minute")
        return found
    raise ValueError("must be a date (YYYY-MM-DD), a local time (YYYY-MM-DDTHH:MM) or an RFC 3339 time")


Time = Annotated[int, BeforeValidator(wall_minute), Field(json_schema_extra={"type": "string"}, examples=["09:00"])]
Zone = Annotated[str, Field(max_length=50, examples=["America/New_York"]), AfterValidator(_zone)]
Day = Annotated[date, BeforeValidator(fields.iso_date)]
#: A whole day, a time as the provider's clock shows it, or an instant.
When = Annotated[AwareDatetime | NaiveDatetime | date, BeforeValidator(_when)]
DayName = Annotated[Weekday, BeforeValidator(_weekday)]


# Hours


class _Window(Model):
    start_time: Time = Field(description="Wall time, 24- or 12-hour.")
    end_time: Time = Field(description="`24:00` is midnight at the end of the day.", examples=["17:00"])

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end_time <= self.start_time:
            raise ValueError("endTime must be after startTime; hours over midnight are two windows")
        return self


class HoursIn(_Window):
    """A window of working time of one weekday."""

    day_of_week: DayName = Field(examples=["monday"])
    location_id: str | None = Field(None, max_length=36, description="One of the profile's locations.")
    valid_from: Day | None = Field(None, description="First date of the rule.")
    valid_until: Day | None = Field(None, description="Last date of the rule.")
    every_weeks: int = Field(1, ge=1, le=8, description="2: every other week, from the week of validFrom.")
    is_active: bool = True

    @model_validator(mode="after")
    def _valid(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("validUntil cannot be before validFrom")
        if self.every_weeks > 1 and self.valid_from is None:
            raise ValueError("everyWeeks needs validFrom, from whose week it counts")
        return self

    def stored(self) -> WeeklyHours:
        """The rule."""
        return WeeklyHours(
            weekday=self.day_of_week, start=self.start_time, end=self.end_time, location_id=self.location_id,
            valid_from=self.valid_from, valid_until=self.valid_until, every_weeks=self.every_weeks,
            is_active=self.is_active,
        )  # fmt: skip


class GridIn(Model):
    """How slots are cut; what is left out stays."""

    time_zone: Zone | None = None
    slot_minutes: int | None = Field(None, ge=5, le=480, description="Slots start every so many minutes.")
    buffer_minutes: int | None = Field(None, ge=0, le=240, description="Kept free after every appointment.")
    min_notice_minutes: int | None = Field(None, ge=0, le=43_200, description="How far ahead a booking must be.")
    version: int | None = Field(None, ge=1, description="Of the rules as they were read; stale ones are refused.")


class AvailabilityIn(GridIn):
    """A provider's hours; `weekly` replaces all of them."""

    weekly: Annotated[list[HoursIn], Field(max_length=100)] | None = None


class HoursOut(Out):
    """A window of working time."""

    day_of_week: Weekday
    start_time: str
    end_time: str
    location_id: str | None
    valid_from: date | None
    valid_until: date | None
    every_weeks: int
    is_active: bool


class AvailabilityOut(Out):
    """When a provider works."""

    provider_id: str
    time_zone: str
    weekly: list[HoursOut]
    slot_minutes: int
    buffer_minutes: int
    min_notice_minutes: int
    version: int

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        """The rules as answered."""
        rules = sorted(schedule.weekly, key=lambda rule: (WEEKDAYS.index(rule.weekday), rule.start))
        return cls(
            provider_id=schedule.id, time_zone=schedule.time_zone, slot_minutes=schedule.slot_minutes,
            buffer_minutes=schedule.buffer_minutes, min_notice_minutes=schedule.min_notice_minutes,
            version=schedule.version, weekly=[_hours(rule) for rule in rules],
        )  # fmt: skip


def _hours(rule: WeeklyHours) -> HoursOut:
    return HoursOut(
        day_of_week=rule.weekday, start_time=zones.hhmm(rule.start), end_time=zones.hhmm(rule.end),
        location_id=rule.location_id, valid_from=rule.valid_from, valid_until=rule.valid_until,
        every_weeks=rule.every_weeks, is_active=rule.is_active,
    )  # fmt: skip


# Exceptions


class WindowIn(_Window):
    """A window of special hours."""

    location_id: str | None = Field(None, max_length=36)


class ProposalOut(Out):
    """A free slot instead of the booked one."""

    start_time: datetime
    end_time: datetime
    date: date
    time: str = Field(examples=["10:00 AM"])


class AffectedOut(Out):
    """An appointment inside an exception or outside the hours, and where it could go. Times are the provider's."""

    appointment_id: str
    start_time: datetime
    end_time: datetime
    date: date
    time: str
    proposal: ProposalOut | None = Field(description="The next free slot; null when there is none in 30 days.")


class AvailabilityChanged(AvailabilityOut):
    """When a provider works from now on, and whom that leaves outside."""

    affected: list[AffectedOut] = Field(
        description="Where `weekly` is given: appointments outside the hours, also of earlier changes and those that"
        " staff booked there. POST …/availability/rebook moves them; until then they stand as booked."
    )


# Seed 002's doctor


# Slots
