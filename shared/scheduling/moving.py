"""Moving appointments out of a provider's exception, or into hours that have changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from shared.context import Context
from shared.errors import Detail, SlotNotAvailable, ValidationFailed
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import relationship_id
from shared.scheduling import days, zones
from shared.scheduling.booking.aftermath import tell_of_booking
from shared.scheduling.booking.asking_models import NewTime
from shared.scheduling.booking.changing import RESCHEDULE_UNTIL, move
from shared.scheduling.booking.documents import Appointment, Hold, hold_id
from shared.scheduling.booking.times import Others, want_others, want_places
from shared.scheduling.days import Busy, ProviderDay
from shared.scheduling.displacing import Displaced, every_day, outside_hours, reach
from shared.scheduling.exceptions import displaced, found
from shared.scheduling.profiles import Provider
from shared.scheduling.rebooking import propose
from shared.scheduling.rebooking_models import Rebooked, RebookedOut
from shared.store.document import Document

if TYPE_CHECKING:
    from shared.scheduling.rebooking_models import Move

#: What the record says of a visit that is moved later than visits can otherwise be.
_OVERRIDE = "The provider is not available at the booked time."


def named_in_body(body: Mapping[str, Any], _user_id: str) -> Iterable[tuple[type[Document], str]]:
    """The appointments that a rebooking names, to be read with the session."""
    named = body.get("appointments")
    ids = (
        [each.get("appointmentId") for each in named[:20] if isinstance(each, dict)] if isinstance(named, list) else []
    )
    return [(Appointment, name) for name in ids if isinstance(name, str) and len(name) == 36 and "/" not in name]


def rebook(ctx: Context, whose: Provider, exception_id: str, wanted: Sequence["Move"]) -> Rebooked:
    """Move appointments out of an exception, to the times given or the proposed ones: all of them, or none.

    Raises `NotFound`, `SlotNotAvailable`, `AppointmentClosed`, `ValidationFailed`.
    """
    exception = found(ctx, whose, exception_id)
    ahead = reach(whose.schedule, ctx.now, exception.dates[1])
    return _rebook(ctx, whose, wanted, ahead, lambda: displaced(ctx, whose.schedule, [exception]))


def rebook_outside(ctx: Context, whose: Provider, wanted: Sequence["Move"]) -> Rebooked:
    """Move appointments that a change of hours has left outside. Raises the same but `NotFound`."""
    ahead = every_day(whose.schedule, ctx.now)
    return _rebook(ctx, whose, wanted, ahead, lambda: outside_hours(ctx, whose.schedule))


def _rebook(
    ctx: Context, whose: Provider, wanted: Sequence["Move"], ahead: Iterable[date], find: Callable[[], Displaced]
) -> Rebooked:
    moves = {each.appointment_id: each for each in wanted}
    visits = [visit for visit in ctx.unit.get_all(Appointment, list(moves)) if visit is not None]
    for visit in visits:
        _want(ctx, visit, moves[visit.id])
    days.want_days(ctx.unit, whose.id, ahead)
    inside = find()
    there = {busy.ref_id for busy in inside.visits}
    known = {visit.id: visit for visit in visits if visit.provider_id == whose.id and visit.id in there}
    if wrong := [n for n, each in enumerate(wanted) if each.appointment_id not in known]:
        rule = "must be an appointment of this provider that there is no time for"
        raise ValidationFailed(details=[Detail(f"appointments.{n}.appointmentId", rule) for n in wrong])
    times = _times(ctx, whose, inside.ahead, known, moves)
    for visit in known.values():
        ctx.touch(visit.patient_id)
    moved = [move(ctx, visit, whose, times[visit.id]) for visit in known.values()]
    return Rebooked(moved=[_out(visit) for visit in moved], left=len(there - known.keys()))


def _want(ctx: Context, visit: Appointment, wanted: "Move") -> None:
    """Everything that moving reads, in the batch that reads the days."""
    ctx.unit.want(Patient, visit.patient_id)
    for user_id in visit.people:
        ctx.unit.want(Relationship, relationship_id(visit.patient_id, user_id))
    want_places(ctx, visit.places)
    ctx.unit.want(Hold, hold_id(ctx.caller.id, visit.provider_id))
    if wanted.day is not None:
        days.want_days(ctx.unit, visit.provider_id, [wanted.day])
        want_others(ctx, Others(visit.staff_ids, visit.rooms), wanted.day)


def _times(
    ctx: Context,
    whose: Provider,
    ahead: Sequence[ProviderDay],
    visits: Mapping[str, Appointment],
    moves: Mapping[str, "Move"],
) -> dict[str, NewTime]:
    """When each visit goes."""
    open_ended = [visit for visit in visits.values() if moves[visit.id].day is None]
    if any(visit.staff_ids or visit.rooms for visit in open_ended):
        rule = "a visit that takes others' time as well needs a date and time"
        raise ValidationFailed(details=[Detail("appointments", rule)])
    proposals = propose(whose.schedule, ahead, [_busy(visit) for visit in open_ended], ctx.now)
    times: dict[str, NewTime] = {}
    for visit in visits.values():
        day, wall = moves[visit.id].day, moves[visit.id].time
        if day is None or wall is None:
            slot = proposals[visit.id]
            if slot is None:
                raise SlotNotAvailable
            local = zones.local(slot.start, whose.schedule.time_zone)
            day, wall = local.date(), local.hour * 60 + local.minute
        late = visit.start - ctx.now < RESCHEDULE_UNTIL
        times[visit.id] = NewTime(date=day, time=zones.hhmm(wall), override_reason=_OVERRIDE if late else None)
    return times


def _busy(visit: Appointment) -> Busy:
    start, end = zones.minutes(visit.start), zones.minutes(visit.end)
    return Busy(
        start=visit.busy_start, end=visit.busy_end, before=start - visit.busy_start, after=visit.busy_end - end,
        kind="appointment", ref_id=visit.id,
    )  # fmt: skip


def _out(visit: Appointment) -> RebookedOut:
    return RebookedOut(
        appointment_id=visit.id,
        start_time=visit.start,
        end_time=visit.end,
        date=visit.day,
        time=zones.shown(zones.minutes(visit.start), visit.time_zone),
    )


def tell_displaced(ctx: Context, appointment_id: str) -> None:
    """Tell a patient at once that the time of a visit is off; for a task. Safe to repeat."""
    visit = ctx.unit.get(Appointment, appointment_id)
    if visit is None or not visit.status.is_open or visit.start <= ctx.now or visit.patient_user_id is None:
        return
    tell_of_booking(ctx, [visit.patient_user_id], visit, f"displaced:{visit.sequence}")
