"""Bodies and answers about hours, exceptions and free slots (seeds 002 and 004; RESOLUTIONS: providers)."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, NaiveDatetime, model_validator

from shared.http.answers import Model, Out
from shared.scheduling import zones
from shared.scheduling.availability import WEEKDAYS, ExceptionKind, Schedule, Weekday, WeeklyHours
from shared.scheduling.provider_models import Line, Paragraph
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


class ExceptionIn(Model):
    """Time that is not as usual."""

    from_: When = Field(alias="from", examples=["2026-12-24"], description="Date, local time, or instant.")
    to: When = Field(examples=["2026-12-31"], description="A date counts to its end.")
    kind: ExceptionKind = Field(description="`special_hours` replaces the weekly hours of its dates by `hours`.")
    reason: Paragraph | None = Field(None, max_length=500, description="Not shown to patients.")
    hours: Annotated[list[WindowIn], Field(max_length=10)] | None = Field(None, description="Of `special_hours`.")
    emergency: bool = Field(default=False, description="Patients inside are told at once.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        special = self.kind == "special_hours"
        if special != (self.hours is not None):
            raise ValueError("hours go with special_hours, and only with it")
        if special and (isinstance(self.from_, datetime) or isinstance(self.to, datetime)):
            raise ValueError("special_hours are for dates")
        if special and self.emergency:
            raise ValueError("an emergency closes time; it has no hours")
        return self


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


class HoursOfDay(Out):
    """A window of special hours."""

    start_time: str
    end_time: str
    location_id: str | None


class ExceptionOut(Out):
    """Time that is not as usual."""

    id: str
    provider_id: str
    kind: ExceptionKind
    from_: datetime = Field(alias="from")
    to: datetime
    from_date: date = Field(description="First date it touches, in the provider's zone.")
    to_date: date
    time_zone: str
    reason: str | None
    emergency: bool
    hours: list[HoursOfDay]
    created_at: datetime


class ExceptionDetail(ExceptionOut):
    """An exception with the appointments inside it."""

    affected: list[AffectedOut] = Field(description="POST …/rebook moves them; until then they stand as booked.")


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


# Seed 002's doctor


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


# Slots


class SlotQuery(Model):
    """Which day's slots."""

    day: Day = Field(alias="date", examples=["2026-12-01"], description="In the provider's zone.")
    duration: int | None = Field(None, ge=5, le=480, description="Minutes; 30, or the service's.")
    service_id: str | None = Field(None, max_length=36)
    time_zone: Zone | None = Field(None, description="Of the viewer; else that of their preferences.")


class SlotOut(Out):
    """A free slot."""

    time: str = Field(examples=["09:00 AM"], description="What booking takes, with the date.")
    start_time: datetime
    end_time: datetime
    viewer_date: date
    viewer_time: str = Field(examples=["03:00 PM"], description="What the viewer's clock shows then.")
    location_id: str | None


class SlotsOut(Out):
    """Free slots of a day (seed 004 §1.2). `slots` and `time` are the provider's wall time."""

    date: date
    provider_id: str
    duration: int
    time_zone: str
    viewer_time_zone: str
    slots: list[str] = Field(examples=[["09:00 AM", "09:30 AM"]])
    details: list[SlotOut]
