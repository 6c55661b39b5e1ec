"""Exceptions to a provider's hours: vacations, holidays, sudden absence, special hours.

An exception is a document of its own; what of it shapes slots is copied to the schedule, which every look at slots
reads anyway. Making one raises a fence on each day it touches, so that a booking under way sees it or conflicts, and
lists the appointments inside with a new slot for each. They stay as booked until rebooking is asked for.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from shared.context import Context, reads_by_path
from shared.errors import Detail, NotFound, ValidationFailed
from shared.scheduling import days, zones
from shared.scheduling.availability import (
    Closure,
    ExceptionKind,
    Schedule,
    SpecialHours,
    dates,
    last_day,
)
from shared.scheduling.days import Busy, ProviderDay
from shared.scheduling.displacing import Displaced, affected, outside, reach
from shared.scheduling.exception_models import ExceptionDetail, ExceptionOut, HoursOfDay
from shared.scheduling.profiles import Provider
from shared.scheduling.refreshing import changed
from shared.scheduling.rule_models import LONGEST
from shared.scheduling.rules import stored_schedule
from shared.scheduling.slots import Span
from shared.store.document import Deletable, Sealed, new_id
from shared.store.query import Page, Paging, Query

if TYPE_CHECKING:
    from shared.scheduling.exception_models import ExceptionIn
    from shared.scheduling.rule_models import AffectedOut, When

#: Closures a schedule can have ahead: they are read with every look at slots.
_MOST_CLOSURES = 200


class ScheduleException(Deletable):
    """Time that is not as usual. Its times are whole minutes."""

    collection = "scheduleExceptions"
    domain: ClassVar[str] = "users"

    provider_id: str
    kind: ExceptionKind
    start: datetime
    end: datetime
    time_zone: str
    reason: Sealed[str | None] = None
    emergency: bool = False
    #: Of special hours: windows of each of its dates.
    hours: list[SpecialHours] = []
    created_by: str
    created_at: datetime

    @property
    def span(self) -> Span:
        """In UTC minutes."""
        return Span(zones.minutes(self.start), zones.minutes(self.end))

    @property
    def dates(self) -> tuple[date, date]:
        """First and last date it touches."""
        last = zones.local(self.span.end - 1, self.time_zone)
        return zones.local(self.span.start, self.time_zone).date(), last.date()


reads_by_path("exceptionId", lambda exception_id, _: ((ScheduleException, exception_id),))

EXCEPTIONS = Query("exceptions_of_provider", ScheduleException, equal=("providerId",), order=("-start",))


class Made(NamedTuple):
    """What making exceptions came to."""

    schedule: Schedule
    exceptions: list[ScheduleException]
    affected: list["AffectedOut"]


def add_exception(ctx: Context, whose: Provider, body: "ExceptionIn") -> ExceptionDetail:
    """Make an exception. Raises `ValidationFailed`."""
    made = make(ctx, whose, [body])
    return ExceptionDetail(**shown(made.exceptions[0]).model_dump(by_alias=False), affected=made.affected)


def make(ctx: Context, whose: Provider, wanted: Sequence["ExceptionIn"]) -> Made:
    """Make exceptions in one commit; those inside whom they fall are listed, told if it is an emergency."""
    schedule = stored_schedule(ctx, whose)
    ctx.about("schedules", whose.id)
    made = [_made(ctx, schedule, body, n if len(wanted) > 1 else None) for n, body in enumerate(wanted)]
    now, today = zones.minutes(ctx.now), schedule.today(ctx.now)
    closures = [c for c in schedule.closures if c.end > now] + [_closure(e) for e in made if e.kind != "special_hours"]
    special = [s for s in schedule.special if s.day >= today] + [s for e in made for s in e.hours]
    if len(closures) > _MOST_CLOSURES or len(special) > _MOST_CLOSURES:
        raise ValidationFailed(details=[Detail("from", f"there can be at most {_MOST_CLOSURES} exceptions ahead")])
    fences = schedule.fences + 1
    fresh = ctx.unit.update(schedule, closures=closures, special=special, fences=fences, updated_at=ctx.now)
    inside = _affected(ctx, fresh, made, fence=True)
    for exception in made:
        ctx.unit.create(exception)
    changed(ctx, whose.id)
    if any(exception.emergency for exception in made):
        _tell(ctx, inside)
    return Made(fresh, made, inside)


def _made(ctx: Context, schedule: Schedule, body: "ExceptionIn", number: int | None) -> ScheduleException:
    field = "" if number is None else f"{number}."
    start = _minute(body.from_, schedule, last=False)
    end = _minute(body.to, schedule, last=True)
    if end <= start:
        raise ValidationFailed(details=[Detail(f"{field}to", "must be after from")])
    if end <= zones.minutes(ctx.now):
        raise ValidationFailed(details=[Detail(f"{field}to", "must be in the future")])
    if end - start > LONGEST // timedelta(minutes=1):
        raise ValidationFailed(details=[Detail(f"{field}to", "an exception can be at most 366 days long")])
    exception_id = new_id()
    made = ScheduleException(
        id=exception_id,
        provider_id=schedule.id,
        kind=body.kind,
        start=zones.instant(start),
        end=zones.instant(end),
        time_zone=schedule.time_zone,
        reason=body.reason,
        emergency=body.emergency,
        created_by=ctx.caller.id,
        created_at=ctx.now,
    )
    windows = [
        SpecialHours(exception_id=exception_id, day=day, start=w.start_time, end=w.end_time, location_id=w.location_id)
        for day in dates(*made.dates)
        for w in body.hours or []
    ]
    return made.model_copy(update={"hours": windows})


def _minute(when: "When", schedule: Schedule, *, last: bool) -> int:
    """A date begins or ends with its day; a time without offset is the provider's clock's."""
    if not isinstance(when, datetime):
        return zones.bounds(when, schedule.time_zone)[1 if last else 0]
    if when.tzinfo is not None:
        return zones.minutes(when.astimezone(UTC))
    return zones.edge(when.date(), when.hour * 60 + when.minute, schedule.time_zone)


def _closure(exception: ScheduleException) -> Closure:
    span = exception.span
    return Closure(exception_id=exception.id, kind=exception.kind, start=span.start, end=span.end)


def displaced(
    ctx: Context, schedule: Schedule, exceptions: Sequence[ScheduleException], *, fence: bool = False
) -> Displaced:
    """What is booked in closed time; one batch read."""
    today = schedule.today(ctx.now)
    until = last_day(today + timedelta(days=1))
    touched: set[date] = set()
    for exception in exceptions:
        first, last = exception.dates
        touched |= set(dates(max(first, today), min(last, until)))
    if not touched:
        return Displaced([], [])
    every = reach(schedule, ctx.now, max(touched))
    read = {day.date: day for day in days.read_days(ctx.unit, schedule.id, every)}
    if fence:
        read |= {day: days.fence(ctx.unit, read[day], schedule.fences) for day in sorted(touched)}
    closed = [e.span for e in exceptions if e.kind != "special_hours"]
    now = zones.minutes(ctx.now)
    visits = [busy for day in sorted(touched) for busy in _inside(schedule, read[day], closed, exceptions)]
    return Displaced([busy for busy in visits if busy.visit.start > now], list(read.values()))


def _affected(
    ctx: Context, schedule: Schedule, exceptions: Sequence[ScheduleException], *, fence: bool
) -> list["AffectedOut"]:
    """The same with a new slot for each."""
    return affected(schedule, displaced(ctx, schedule, exceptions, fence=fence), ctx.now)


def _inside(
    schedule: Schedule, day: ProviderDay, closed: Iterable[Span], exceptions: Iterable[ScheduleException]
) -> list[Busy]:
    """Appointments in closed time, or outside the special hours of their day."""
    inside = day.appointments(closed)
    if any(special.day == day.date for e in exceptions for special in e.hours):
        inside += [busy for busy in outside(schedule, day) if busy not in inside]
    return sorted(inside, key=lambda busy: busy.start)


def shown(exception: ScheduleException) -> ExceptionOut:
    """An exception as answered."""
    first, last = exception.dates
    windows = dict.fromkeys((h.start, h.end, h.location_id) for h in exception.hours)
    return ExceptionOut.model_validate(
        {
            **exception.model_dump(exclude={"hours", "start", "end"}),
            "from_": exception.start,
            "to": exception.end,
            "from_date": first,
            "to_date": last,
            "hours": [
                HoursOfDay(start_time=zones.hhmm(start), end_time=zones.hhmm(end), location_id=place)
                for start, end, place in windows
            ],
        }
    )


def list_exceptions(ctx: Context, whose: Provider, paging: Paging) -> Page[ExceptionOut]:
    """A provider's exceptions, the latest first."""
    page = ctx.unit.page(EXCEPTIONS, paging, providerId=whose.id)
    return page.map([shown(exception) for exception in page.data])


def found(ctx: Context, whose: Provider, exception_id: str) -> ScheduleException:
    """An exception of this provider. Raises `NotFound`."""
    ctx.about("scheduleExceptions", exception_id)
    exception = ctx.unit.get(ScheduleException, exception_id)
    if exception is None or exception.provider_id != whose.id:
        raise ctx.refuse(NotFound())
    return exception


def get_exception(ctx: Context, whose: Provider, exception_id: str) -> ExceptionDetail:
    """An exception with the appointments still inside it. Raises `NotFound`."""
    exception = found(ctx, whose, exception_id)
    inside = _affected(ctx, whose.schedule, [exception], fence=False)
    return ExceptionDetail(**shown(exception).model_dump(by_alias=False), affected=inside)


def remove_exception(ctx: Context, whose: Provider, exception_id: str) -> None:
    """Have the usual hours again. Raises `NotFound`."""
    end(ctx, whose, [found(ctx, whose, exception_id)])


def end(ctx: Context, whose: Provider, exceptions: Sequence[ScheduleException]) -> Schedule:
    """Take exceptions out of the schedule."""
    gone = {exception.id for exception in exceptions}
    for exception in exceptions:
        ctx.unit.delete(exception)
    schedule = stored_schedule(ctx, whose)
    changed(ctx, whose.id)
    return ctx.unit.update(
        schedule,
        closures=[c for c in schedule.closures if c.exception_id not in gone],
        special=[s for s in schedule.special if s.exception_id not in gone],
        updated_at=ctx.now,
    )


def _tell(ctx: Context, inside: Sequence["AffectedOut"]) -> None:
    """Have the people of these appointments told that their time is off; a task finds out who they are."""
    for appointment in inside:
        ctx.enqueue("tell_displaced", appointment.appointment_id)
