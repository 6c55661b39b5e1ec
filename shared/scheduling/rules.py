"""Hours of providers: shown and changed, and the free slots that follow from them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shared.context import Context, row_access
from shared.errors import Detail, NotYourSchedule, StaleRecord, TimeZoneInUse, ValidationFailed
from shared.scheduling import days, zones
from shared.scheduling.availability import Schedule, WeeklyHours, free, last_day
from shared.scheduling.days import Busy, ProviderDay
from shared.scheduling.displacing import affected, every_day, loses, outside_hours
from shared.scheduling.profiles import Provider, provider
from shared.scheduling.refreshing import changed
from shared.scheduling.rule_models import (
    AvailabilityChanged,
    AvailabilityOut,
)
from shared.scheduling.slot_models import SlotOut, SlotsOut
from shared.store.document import Document
from shared.users import fields
from shared.users.documents import Role
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from shared.scheduling.rule_models import (
        AffectedOut,
        AvailabilityIn,
        GridIn,
        HoursIn,
    )
    from shared.scheduling.slot_models import SlotQuery

_GRID = ("slot_minutes", "buffer_minutes", "min_notice_minutes")


@row_access
def access_schedule(ctx: Context, provider_id: str) -> Provider:
    """The provider, if the caller decides about their hours: themselves, or an administrator.

    Raises `ProviderNotFound`, or `NotYourSchedule`, audited.
    """
    found = provider(ctx, provider_id)
    if ctx.caller.id != provider_id and ctx.caller.role is not Role.ADMIN:
        ctx.about("schedules", provider_id)
        raise ctx.refuse(NotYourSchedule())
    ctx.checked("access_schedule", provider_id)
    return found


def show_availability(ctx: Context, provider_id: str) -> AvailabilityOut:
    """When a provider works. Raises `ProviderNotFound`."""
    return AvailabilityOut.of(provider(ctx, provider_id).schedule)


def change_availability(ctx: Context, whose: Provider, body: "AvailabilityIn") -> AvailabilityChanged:
    """Change the rules. Raises `StaleRecord`, `TimeZoneInUse`, `ValidationFailed`."""
    schedule = change_rules(ctx, whose, body, body.weekly)
    shown = AvailabilityOut.of(schedule).model_dump(by_alias=False)
    return AvailabilityChanged(**shown, affected=left_outside(ctx, schedule) if body.weekly is not None else [])


def left_outside(ctx: Context, schedule: Schedule) -> list["AffectedOut"]:
    """Appointments outside the hours, with a new slot for each."""
    return affected(schedule, outside_hours(ctx, schedule), ctx.now)


def change_rules(ctx: Context, whose: Provider, grid: "GridIn", weekly: Iterable["HoursIn"] | None) -> Schedule:
    """The schedule with what is given of it changed; appointments that were booked stay as they are.

    A booking under way of a day that loses hours looks again.
    """
    schedule = stored_schedule(ctx, whose)
    ctx.about("schedules", whose.id)
    if grid.version not in {None, whose.schedule.version}:
        raise StaleRecord
    changes: dict[str, Any] = {name: getattr(grid, name) for name in _GRID if getattr(grid, name) is not None}
    if grid.time_zone is not None and grid.time_zone != schedule.time_zone:
        _check_unused(ctx, schedule, grid.time_zone)
        changes["time_zone"] = grid.time_zone
    if weekly is not None:
        changes["weekly"] = _checked(whose, [window.stored() for window in weekly])
    if all(getattr(schedule, name) == value for name, value in changes.items()):
        return schedule
    changed(ctx, whose.id)
    fences = schedule.fences + 1
    fresh = ctx.unit.update(schedule, **changes, fences=fences, version=schedule.version + 1, updated_at=ctx.now)
    losing = [day for day in every_day(schedule, ctx.now) if loses(schedule, fresh, day)]
    for read in bookable(ctx, schedule) if losing else ():
        if read.date in losing:
            days.fence(ctx.unit, read, fences)
    return fresh


def stored_schedule(ctx: Context, whose: Provider) -> Schedule:
    """The schedule as a document of this unit: made now if there is none."""
    return ctx.unit.get(Schedule, whose.id) or ctx.unit.create(whose.schedule)


def _check_unused(ctx: Context, schedule: Schedule, time_zone: str) -> None:
    """Days and closures are in the zone they were made in: with any of them ahead `time_zone` cannot follow it."""
    now = zones.minutes(ctx.now)
    if any(closure.end > now for closure in schedule.closures) or any(
        s.day >= schedule.today(ctx.now) for s in schedule.special
    ):
        raise TimeZoneInUse
    if any(_counts(busy, ctx) and busy.end > now for day in bookable(ctx, schedule, time_zone) for busy in day.busy):
        raise TimeZoneInUse


def bookable(ctx: Context, schedule: Schedule, time_zone: str | None = None) -> list[ProviderDay]:
    """Every day that anybody can have booked something on, and one more on either side.

    With the zone that the schedule may move to, where it may be another day, those that count there are read as well.
    """
    if time_zone is not None:
        there = schedule.model_copy(update={"time_zone": time_zone})
        days.want_days(ctx.unit, schedule.id, every_day(there, ctx.now))
    return days.read_days(ctx.unit, schedule.id, every_day(schedule, ctx.now))


def _counts(busy: Busy, ctx: Context) -> bool:
    return busy.expires_at is None or busy.expires_at > ctx.now


def _checked(whose: Provider, weekly: list[WeeklyHours]) -> list[WeeklyHours]:
    places = {place.id for place in whose.profile.locations}
    wrong = [
        Detail(f"weekly.{n}.locationId", "must be the id of one of the profile's locations")
        for n, rule in enumerate(weekly)
        if rule.location_id is not None and rule.location_id not in places
    ]
    wrong += [
        Detail(f"weekly.{n}", "overlaps another window of its weekday")
        for n, rule in enumerate(weekly)
        if any(_overlap(rule, other) for other in weekly[:n])
    ]
    if wrong:
        raise ValidationFailed(details=wrong[:20])
    return weekly


def _overlap(a: WeeklyHours, b: WeeklyHours) -> bool:
    """Whether two rules can be in force at the same time (weeks that alternate count as the same)."""
    apart = (a.valid_until and b.valid_from and a.valid_until < b.valid_from) or (
        b.valid_until and a.valid_from and b.valid_until < a.valid_from
    )
    both = a.is_active and b.is_active and a.weekday == b.weekday
    return bool(both and not apart and a.start < b.end and b.start < a.end)


def named_in_query(said: Mapping[str, Any], user_id: str) -> Iterable[tuple[type[Document], str]]:
    """The day that is asked for, and the asker's preferences, to be read with the session."""
    day, provider_id = str(said.get("date", "")).strip(), said["providerId"]
    if fields.ISO_DATE.fullmatch(day):
        yield ProviderDay, f"{provider_id}_{day}"
    yield Preferences, user_id


def show_slots(ctx: Context, provider_id: str, query: "SlotQuery") -> SlotsOut:
    """Free slots of a day, exactly, as the caller may book them. Raises `ProviderNotFound`, `ValidationFailed`."""
    whose = provider(ctx, provider_id)
    schedule, service = whose.schedule, None
    if query.service_id is not None:
        service = whose.profile.service(query.service_id)
        if service is None:
            raise ValidationFailed(details=[Detail("serviceId", "must be a service that this provider offers")])
    duration = query.duration or (service.duration_minutes if service else None)
    before, after = (service.buffer_before_minutes, service.buffer_after_minutes) if service else (0, 0)
    need = schedule.need(duration, before, after)
    own = ctx.unit.get(Preferences, ctx.caller.id)
    viewer = query.time_zone or (own.timezone if own else "UTC")
    found = []
    if query.day <= last_day(schedule.today(ctx.now)):
        day = days.read_day(ctx.unit, provider_id, query.day)
        found = free(schedule, day, need=need, now=ctx.now, user_id=ctx.caller.id)
    return SlotsOut(
        date=query.day,
        provider_id=provider_id,
        duration=need.duration,
        time_zone=schedule.time_zone,
        viewer_time_zone=viewer,
        slots=[zones.shown(slot.start, schedule.time_zone) for slot in found],
        details=[
            SlotOut(
                time=zones.shown(slot.start, schedule.time_zone),
                start_time=zones.instant(slot.start),
                end_time=zones.instant(slot.end),
                viewer_date=zones.local(slot.start, viewer).date(),
                viewer_time=zones.shown(slot.start, viewer),
                location_id=slot.location_id,
            )
            for slot in found
        ],
    )
