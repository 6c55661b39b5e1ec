"""Appointments that a change of hours or an exception leaves no time for, and where each could go instead.

They stay as booked until rebooking is asked for.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from shared.context import Context
from shared.scheduling import days, zones
from shared.scheduling.availability import Schedule, dates, last_day
from shared.scheduling.days import Busy, ProviderDay
from shared.scheduling.rebooking import propose
from shared.scheduling.rule_models import AffectedOut, ProposalOut
from shared.scheduling.slots import Slot, Span

#: How far behind a day new slots are looked for.
_DAYS_AFTER = 30


class Displaced(NamedTuple):
    """Appointments ahead that there is no time for any more, and the days around."""

    visits: list[Busy]
    #: Days on which there may be a new slot.
    ahead: list[ProviderDay]


def reach(schedule: Schedule, now: datetime, last: date) -> Sequence[date]:
    """The days that a change until `last` makes worth reading: its own, and those that new slots may be on."""
    today = schedule.today(now)
    return dates(today, min(last + timedelta(days=_DAYS_AFTER), last_day(today + timedelta(days=1))))


def every_day(schedule: Schedule, now: datetime) -> Sequence[date]:
    """Every day that anybody can have booked something on, and one more on either side."""
    today = schedule.today(now)
    return dates(today - timedelta(days=1), last_day(today) + timedelta(days=1))


def outside_hours(ctx: Context, schedule: Schedule) -> Displaced:
    """What is booked outside the hours, whenever they were changed; one batch read."""
    read = days.read_days(ctx.unit, schedule.id, every_day(schedule, ctx.now))
    now = zones.minutes(ctx.now)
    visits = [busy for day in read for busy in outside(schedule, day) if busy.visit.start > now]
    return Displaced(visits, [day for day in read if day.date >= schedule.today(ctx.now)])


def outside(schedule: Schedule, day: ProviderDay) -> list[Busy]:
    """Appointments of a day that no window of its hours holds."""
    windows = [
        Span(zones.edge(day.date, h.start, schedule.time_zone), zones.edge(day.date, h.end, schedule.time_zone))
        for h in schedule.hours(day.date)
    ]
    booked = [busy for busy in day.busy if busy.kind == "appointment"]
    return [
        busy for busy in booked if not any(w.start <= busy.visit.start and busy.visit.end <= w.end for w in windows)
    ]


def loses(before: Schedule, after: Schedule, day: date) -> bool:
    """Whether a day has hours before that it has not after: then a booking under way must look again."""
    if before.time_zone != after.time_zone:
        return bool(before.weekly or before.special)
    kept = after.hours(day)
    return any(
        not any(k.start <= w.start and w.end <= k.end and k.location_id == w.location_id for k in kept)
        for w in before.hours(day)
    )


def affected(schedule: Schedule, displaced: Displaced, now: datetime) -> list[AffectedOut]:
    """The appointments with a new slot for each."""
    proposals = propose(schedule, displaced.ahead, displaced.visits, now)
    return [_affected_out(schedule, busy, proposals[busy.ref_id]) for busy in displaced.visits]


def _affected_out(schedule: Schedule, busy: Busy, slot: Slot | None) -> AffectedOut:
    zone, visit = schedule.time_zone, busy.visit
    return AffectedOut(
        appointment_id=busy.ref_id,
        start_time=zones.instant(visit.start),
        end_time=zones.instant(visit.end),
        date=zones.local(visit.start, zone).date(),
        time=zones.shown(visit.start, zone),
        proposal=None
        if slot is None
        else ProposalOut(
            start_time=zones.instant(slot.start),
            end_time=zones.instant(slot.end),
            date=zones.local(slot.start, zone).date(),
            time=zones.shown(slot.start, zone),
        ),
    )
