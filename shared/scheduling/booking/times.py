"""Taking and giving back time, on the days of everybody a visit needs.

All of them are written in one commit, each with its precondition: either everybody is booked or nobody is, and of two
who want the same time one finds it taken when the other's commit made it run again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from shared.context import Context
from shared.errors import Detail, SlotNotAvailable, ValidationFailed
from shared.scheduling import zones
from shared.scheduling.availability import Schedule, free, last_day
from shared.scheduling.booking.documents import Place, room_owner
from shared.scheduling.days import (
    Busy,
    ProviderDay,
    check_fence,
    day_id,
    read_day,
    read_days,
    release,
    take,
    want_days,
)
from shared.scheduling.profiles import Provider
from shared.scheduling.slots import Need, Slot, Span, slot_at

#: Rooms keep their days by UTC: providers of any zone may use them.
ROOM_ZONE = "UTC"


class Wish(NamedTuple):
    """When a visit is to be, by the provider's clock."""

    day: date
    wall: int
    need: Need
    location_id: str | None = None
    #: Staff may book at shorter notice; with `override` outside the rules.
    staff: bool = False
    override: bool = False


class Others(NamedTuple):
    """Whom a visit needs besides its provider."""

    staff_ids: Sequence[str] = ()
    rooms: Sequence[str] = ()


def want_others(ctx: Context, others: Others, day: date) -> None:
    """Ask for the rules and days of the others with the next batch; their zones are not known yet."""
    around = [day + timedelta(days=n) for n in (-1, 0, 1)]
    for staff_id in others.staff_ids:
        ctx.unit.want(Schedule, staff_id)
        want_days(ctx.unit, staff_id, around)
    for room in others.rooms:
        want_days(ctx.unit, room_owner(room), around)


def find(ctx: Context, provider: Provider, wish: Wish, *, without: Iterable[str] = ()) -> Slot:
    """The slot that is wished for. Raises `ValidationFailed` for no such time, `SlotNotAvailable` for one not free.

    A slot that the caller holds is free for them. With `override` only other visits stand in the way.
    """
    schedule = provider.schedule
    start = _instant(ctx, schedule, wish)
    day = read_day(ctx.unit, provider.id, wish.day)
    check_fence(day, schedule.fences)
    if wish.override:
        # Buffers are among the rules that are overridden.
        slot = Slot(start, start + wish.need.duration, Span(start, start + wish.need.duration), wish.location_id)
        if not _unbooked(day, slot.busy, without):
            raise SlotNotAvailable
        return slot
    found = slot_at(
        free(
            schedule, day, need=wish.need, now=ctx.now, user_id=ctx.caller.id, without=without, staff=wish.staff
        ),
        start,
    )  # fmt: skip
    if found is None or (wish.location_id and found.location_id not in {None, wish.location_id}):
        raise SlotNotAvailable
    return found


def _instant(ctx: Context, schedule: Schedule, wish: Wish) -> int:
    today = schedule.today(ctx.now)
    if not today <= wish.day <= last_day(today):
        raise ValidationFailed(details=[Detail("date", "must be today or later, and at most 6 months ahead")])
    start = zones.exact(wish.day, wish.wall, schedule.time_zone)
    if start is None:
        raise ValidationFailed(details=[Detail("time", "does not exist on this day: clocks are put forward over it")])
    if zones.instant(start) <= ctx.now:
        raise ValidationFailed(details=[Detail("time", "must not be in the past")])
    return start


def _unbooked(day: ProviderDay, span: Span, without: Iterable[str]) -> bool:
    left_out = set(without)
    return not any(
        b.kind == "appointment" and b.ref_id not in left_out and b.visit.start < span.end and span.start < b.visit.end
        for b in day.busy
    )


def occupy(
    ctx: Context,
    provider: Provider,
    wish: Wish,
    slot: Slot,
    others: Others,
    ref_id: str,
    *,
    without: Iterable[str] = (),
) -> tuple[list[Place], list[str]]:
    """Take the slot of everybody's time for appointment `ref_id`; the places taken, and holds of the caller used up.

    Raises `SlotNotAvailable` when one of the others has no time.
    """
    left_out = set(without)
    day = read_day(ctx.unit, provider.id, wish.day)
    used = [
        b.ref_id
        for b in day.busy
        if b.kind == "hold" and b.user_id == ctx.caller.id and b.start < slot.busy.end and slot.busy.start < b.end
    ]
    left_out.update(used)
    take(ctx.unit, day, Busy.of(slot, "appointment", ref_id), without=left_out)
    places = [Place(owner_id=provider.id, day=wish.day)]
    for staff_id in others.staff_ids:
        schedule = ctx.unit.get(Schedule, staff_id) or Schedule(id=staff_id)
        if not wish.override and not _works(schedule, slot):
            raise SlotNotAvailable
        places += _occupied(ctx, staff_id, schedule.time_zone, wish, slot, ref_id, left_out, schedule.fences)
    for room in others.rooms:
        places += _occupied(ctx, room_owner(room), ROOM_ZONE, wish, slot, ref_id, left_out, 0)
    return places, used


def _works(schedule: Schedule, slot: Slot) -> bool:
    """Whether somebody works all through the visit; who has no hours at all is there whenever they are needed."""
    if not schedule.weekly and not schedule.special:
        return True
    day = zones.local(slot.start, schedule.time_zone).date()
    inside = any(
        zones.edge(day, hours.start, schedule.time_zone) <= slot.start
        and slot.end <= zones.edge(day, hours.end, schedule.time_zone)
        for hours in schedule.hours(day)
    )
    return inside and not any(c.start < slot.end and slot.start < c.end for c in schedule.closed(day))


def _occupied(
    ctx: Context, owner_id: str, zone: str, wish: Wish, slot: Slot, ref_id: str, without: set[str], fences: int
) -> list[Place]:
    """Take a slot of somebody else's days, which begin and end when theirs do."""
    span = slot.busy
    first, last = zones.local(span.start, zone).date(), zones.local(span.end - 1, zone).date()
    places = []
    for day in read_days(ctx.unit, owner_id, [first] if first == last else [first, last]):
        check_fence(day, fences)
        opens, closes = zones.bounds(day.date, zone)
        part = Span(max(span.start, opens), min(span.end, closes))
        if not (_unbooked(day, part, without) if wish.override else _free(ctx, day, part, without)):
            raise SlotNotAvailable
        busy = Busy(
            start=part.start,
            end=part.end,
            before=max(0, slot.start - part.start),
            after=max(0, part.end - slot.end),
            kind="appointment",
            ref_id=ref_id,
        )
        take(ctx.unit, day, busy, without=without)
        places.append(Place(owner_id=owner_id, day=day.date))
    return places


def _free(ctx: Context, day: ProviderDay, span: Span, without: set[str]) -> bool:
    busy = day.busy_for(ctx.now, user_id=ctx.caller.id, without=without)
    return not any(other.start < span.end and span.start < other.end for other in busy)


def want_places(ctx: Context, places: Iterable[Place]) -> None:
    """Ask for the days of these places with the next batch."""
    for place in places:
        ctx.unit.want(ProviderDay, day_id(place.owner_id, place.day))


def vacate(ctx: Context, places: Iterable[Place], ref_id: str) -> None:
    """Give the time of an appointment back."""
    for place in places:
        day = read_day(ctx.unit, place.owner_id, place.day)
        if any(b.ref_id == ref_id for b in day.busy):
            release(ctx.unit, day, [ref_id])
