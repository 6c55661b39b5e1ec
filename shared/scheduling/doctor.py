"""Seed 002's doctor: availability status and slot management, in terms of rules and exceptions."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

from shared.context import Context
from shared.scheduling import days, directory, zones
from shared.scheduling.availability import Closure, Schedule
from shared.scheduling.displacing import every_day, reach
from shared.scheduling.doctor_models import DoctorStatusOut, SlotRulesOut
from shared.scheduling.exception_models import ExceptionIn
from shared.scheduling.exceptions import ScheduleException, end, make, shown
from shared.scheduling.practice import own
from shared.scheduling.profiles import Provider, ProviderProfile
from shared.scheduling.rule_models import AvailabilityOut, GridIn, WindowIn
from shared.scheduling.rules import bookable, change_rules, left_outside, stored_schedule
from shared.store.unit import Unit

if TYPE_CHECKING:
    from shared.scheduling.doctor_models import DoctorStatusIn, SlotRulesIn
    from shared.scheduling.rule_models import AffectedOut

Status = Literal["available", "unavailable", "vacation", "emergency"]


def set_status(ctx: Context, body: "DoctorStatusIn") -> DoctorStatusOut:
    """Come, go, or take a vacation. What is in force now gives way to what is said now. Raises `ValidationFailed`."""
    me = own(ctx)
    ctx.about("schedules", me.id)
    schedule = stored_schedule(ctx, me)
    affected: list[AffectedOut] = []
    if body.working_hours is not None:
        for exception_id in _running(ctx.unit, schedule):
            ctx.unit.want(ScheduleException, exception_id)
        days.want_days(ctx.unit, me.id, every_day(schedule, ctx.now))
        schedule = change_rules(ctx, me, GridIn(), body.working_hours)
        affected = left_outside(ctx, schedule)
    if body.kind is not None:
        schedule, inside = _absence(ctx, me, schedule, body)
        affected = _once(affected + inside)
    profile = me.profile
    if body.accepting_new_patients is not None:
        stored = ctx.unit.get(ProviderProfile, me.id) or ctx.unit.create(me.profile)
        profile = ctx.unit.update(stored, accepting_new_patients=body.accepting_new_patients, updated_at=ctx.now)
        profile = directory.publish(ctx.unit, schedule, profile)
    closed = max(_in_force(ctx.unit, schedule), key=lambda closure: closure.end, default=None)
    status: Status = "available" if closed is None else "vacation" if closed.kind == "vacation" else "unavailable"
    return DoctorStatusOut(
        status="emergency" if body.kind == "emergency" and closed else status,
        is_available=closed is None,
        until=zones.instant(closed.end) if closed else None,
        accepting_new_patients=profile.accepting_new_patients,
        availability=AvailabilityOut.of(schedule),
        affected=affected,
    )


def _absence(
    ctx: Context, me: Provider, schedule: Schedule, body: "DoctorStatusIn"
) -> tuple[Schedule, list["AffectedOut"]]:
    now = ctx.now.astimezone(UTC).replace(second=0, microsecond=0)
    until = body.to if body.to is not None else schedule.today(ctx.now)
    running = _running(ctx.unit, schedule)
    for exception_id in running:
        ctx.unit.want(ScheduleException, exception_id)
    last = until.date() if isinstance(until, datetime) else until
    days.want_days(ctx.unit, me.id, reach(schedule, ctx.now, last))
    over = [e for e in ctx.unit.get_all(ScheduleException, running) if e is not None]
    if over:
        schedule = end(ctx, me, over)
    if body.kind == "available":
        return schedule, []
    made = make(
        ctx,
        me,
        [
            ExceptionIn(
                from_=body.from_ if body.from_ is not None else now,
                to=until,
                kind="vacation" if body.kind == "vacation" else "unavailable",
                reason=body.reason,
                emergency=body.kind == "emergency",
            )
        ],
    )
    return made.schedule, made.affected


def _running(unit: Unit, schedule: Schedule) -> list[str]:
    """Absences that what is said now takes the place of."""
    return [c.exception_id for c in _in_force(unit, schedule) if c.kind in {"vacation", "unavailable"}]


def _once(affected: list["AffectedOut"]) -> list["AffectedOut"]:
    """The later word on each appointment counts: its proposal knows of more."""
    return sorted({a.appointment_id: a for a in affected}.values(), key=lambda a: a.start_time)


def _in_force(unit: Unit, schedule: Schedule) -> list[Closure]:
    now = zones.minutes(unit.now)
    return [c for c in schedule.closures if c.start <= now < c.end]


def manage_slots(ctx: Context, body: "SlotRulesIn") -> SlotRulesOut:
    """Set the rules that slots follow. Raises `StaleRecord`, `TimeZoneInUse`, `ValidationFailed`."""
    me = own(ctx)
    ctx.about("schedules", me.id)
    bookable(ctx, me.schedule, body.time_zone)  # so that what follows finds its days read
    weekly = None if body.recurring is None else [window for rule in body.recurring for window in rule.windows()]
    schedule = change_rules(ctx, me, body, weekly)
    wanted = _holidays(schedule, body) + _special_days(schedule, body)
    if not wanted:
        left = [] if weekly is None else left_outside(ctx, schedule)
        return SlotRulesOut(availability=AvailabilityOut.of(schedule), exceptions=[], affected=left)
    made = make(ctx, me, wanted)
    left = [] if weekly is None else left_outside(ctx, made.schedule)
    return SlotRulesOut(
        availability=AvailabilityOut.of(made.schedule),
        exceptions=[shown(exception) for exception in made.exceptions],
        affected=_once(left + made.affected),
    )


def _holidays(schedule: Schedule, body: "SlotRulesIn") -> list[ExceptionIn]:
    there = {(c.start, c.end) for c in schedule.closures if c.kind == "holiday"}
    return [
        ExceptionIn(from_=holiday.day, to=holiday.day, kind="holiday", reason=holiday.name)
        for holiday in {h.day: h for h in body.holidays}.values()
        if zones.bounds(holiday.day, schedule.time_zone) not in there
    ]


def _special_days(schedule: Schedule, body: "SlotRulesIn") -> list[ExceptionIn]:
    windows: dict[date, list[WindowIn]] = {}
    for special in body.special_hours:
        window = WindowIn(
            start_time=zones.hhmm(special.start_time),
            end_time=zones.hhmm(special.end_time),
            location_id=special.location_id,
        )
        windows.setdefault(special.day, []).append(window)
    there = {special.day for special in schedule.special}
    return [
        ExceptionIn(from_=day, to=day, kind="special_hours", hours=hours)
        for day, hours in windows.items()
        if day not in there
    ]
