"""When a provider works: weekly hours as rules, exceptions over them, and what of a day is free.

Free time is never stored. A `Schedule` (one document per provider) has the rules and the closures ahead; a
`ProviderDay` has what is busy; `free` is arithmetic over the two. Hours are wall-clock times of the provider's zone.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from shared.scheduling import zones
from shared.scheduling.days import ProviderDay
from shared.scheduling.slots import Hours, Need, Slot, Span, free_slots
from shared.store.document import Document, Value

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Bookings reach this far ahead (RESOLUTIONS: Booking).
MONTHS_AHEAD = 6

#: What an appointment takes when nobody says (004 §1.2).
DEFAULT_MINUTES = 30

ExceptionKind = Literal["vacation", "holiday", "unavailable", "special_hours"]


class WeeklyHours(Value):
    """A window of working time that comes back, in wall minutes from ≤ w < to."""

    weekday: Weekday
    start: int
    end: int
    location_id: str | None = None
    #: First and last date of the rule, both included.
    valid_from: date | None = None
    valid_until: date | None = None
    #: 2 for every other week, counted from the week of `valid_from`.
    every_weeks: int = 1
    is_active: bool = True

    def covers(self, day: date) -> bool:
        """Whether the window is on this day."""
        if not self.is_active or WEEKDAYS[day.weekday()] != self.weekday:
            return False
        if (self.valid_from and day < self.valid_from) or (self.valid_until and day > self.valid_until):
            return False
        return self.every_weeks == 1 or self.valid_from is None or _weeks(self.valid_from, day) % self.every_weeks == 0


class Closure(Value):
    """Time in which nobody can book, in UTC minutes; an exception's copy on the schedule."""

    exception_id: str
    kind: ExceptionKind
    start: int
    end: int


class SpecialHours(Value):
    """A window that replaces the weekly ones of its date; an exception's copy on the schedule."""

    exception_id: str
    day: date
    start: int
    end: int
    location_id: str | None = None


class Schedule(Document):
    """How a provider works. Its id is the provider's; without one there are no hours."""

    collection = "schedules"

    time_zone: str = "UTC"
    weekly: list[WeeklyHours] = []
    #: Slots start every so many minutes of each window.
    slot_minutes: int = 30
    #: Kept free after every appointment.
    buffer_minutes: int = 0
    #: A slot must be at least this far ahead to be booked.
    min_notice_minutes: int = 0
    closures: list[Closure] = []
    special: list[SpecialHours] = []
    version: int = 1
    #: Raised with everything that takes time away; days have the number they were told of (`days.fence`).
    fences: int = 0
    updated_at: datetime | None = None

    def hours(self, day: date) -> list[Hours]:
        """Working windows of a date, by start: its special hours if it has any, else the weekly ones."""
        windows: list[SpecialHours] | list[WeeklyHours] = [s for s in self.special if s.day == day]
        windows = windows or [w for w in self.weekly if w.covers(day)]
        return sorted((Hours(w.start, w.end, w.location_id) for w in windows), key=lambda w: (w.start, w.end))

    def closed(self, day: date) -> list[Span]:
        """Closures that touch a date."""
        start, end = zones.bounds(day, self.time_zone)
        return [Span(c.start, c.end) for c in self.closures if c.start < end and start < c.end]

    def today(self, now: datetime) -> date:
        """The date where the provider is."""
        return zones.today(now, self.time_zone)

    def need(self, duration: int | None = None, before: int = 0, after: int = 0) -> Need:
        """What an appointment takes here: a service's own buffer after it counts if it is longer than the rule's."""
        return Need(duration or DEFAULT_MINUTES, before, max(after, self.buffer_minutes))


def free(
    schedule: Schedule,
    day: ProviderDay,
    *,
    need: Need,
    now: datetime,
    user_id: str | None = None,
    without: Iterable[str] = (),
    staff: bool = False,
) -> list[Slot]:
    """Free slots of a day by start, as `user_id` may book them: past ones, or those before the notice, are not free.

    `without` names appointments and holds whose time counts as free (the one being rescheduled). `staff` may book at
    shorter notice.
    """
    notice = timedelta(minutes=0 if staff else schedule.min_notice_minutes)
    found = free_slots(
        day.date,
        schedule.time_zone,
        schedule.hours(day.date),
        need=need,
        grid=schedule.slot_minutes,
        closures=schedule.closed(day.date),
        busy=day.busy_for(now, user_id=user_id, without=without),
        not_before=zones.minutes_up(now + notice),
    )
    return sorted(found, key=lambda slot: slot.start)


def has_free(schedule: Schedule, day: ProviderDay, *, need: Need, now: datetime) -> bool:
    """Whether the day has a slot that somebody without a hold could book."""
    found = free_slots(
        day.date,
        schedule.time_zone,
        schedule.hours(day.date),
        need=need,
        grid=schedule.slot_minutes,
        closures=schedule.closed(day.date),
        busy=day.busy_for(now),
        not_before=zones.minutes_up(now + timedelta(minutes=schedule.min_notice_minutes)),
    )
    return next(found, None) is not None


def last_day(today: date) -> date:
    """The last date that can be booked: the same day six months ahead, or the last of that month."""
    month = today.month - 1 + MONTHS_AHEAD
    year, month = today.year + month // 12, month % 12 + 1
    for day in range(today.day, 27, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return date(year, month, min(today.day, 28))


def dates(first: date, last: date) -> Sequence[date]:
    """Every date from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _weeks(first: date, day: date) -> int:
    return ((day - timedelta(days=day.weekday())) - (first - timedelta(days=first.weekday()))).days // 7
