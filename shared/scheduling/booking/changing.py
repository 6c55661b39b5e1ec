"""Moving appointments, cancelling them, and saying how they went."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from shared.context import Context
from shared.errors import (
    AppointmentClosed,
    RoleNotAllowed,
    ScopeNotGranted,
    StatusNotAllowed,
    TooLateToReschedule,
)
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import relationship_id, unrelate
from shared.scheduling import zones
from shared.scheduling.booking.access import Access, access_appointment
from shared.scheduling.booking.aftermath import follow, freed, tell
from shared.scheduling.booking.copies import summary
from shared.scheduling.booking.documents import (
    Appointment,
    ChargeRequest,
    Hold,
    Status,
    charge_id,
    hold_id,
    listed_under,
)
from shared.scheduling.booking.making import let_see, use_holds
from shared.scheduling.booking.models import money
from shared.scheduling.booking.policy import Settlement, settle
from shared.scheduling.booking.showing import contact, shown
from shared.scheduling.booking.status import may_follow
from shared.scheduling.booking.tallies import count
from shared.scheduling.booking.terms import where
from shared.scheduling.booking.times import Others, Wish, find, occupy, vacate, want_others, want_places
from shared.scheduling.days import day_id, want_days
from shared.scheduling.profiles import Provider, provider, provider_reads
from shared.scheduling.slots import Need
from shared.users.documents import Role

# What one operation takes or answers is loaded by whoever does it: the others start without it.
if TYPE_CHECKING:
    from shared.scheduling.booking.asking_models import AppointmentChange, NewTime, StatusChange
    from shared.scheduling.booking.cancelling_models import Cancellation, CancelledOut, PreviewOut
    from shared.scheduling.booking.models import AppointmentOut

#: 004 §5.3: a visit can be moved until so long before it.
RESCHEDULE_UNTIL = timedelta(hours=2)

Kind = Literal["prepayment", "cancellation", "no_show"]


def _opened(ctx: Context, appointment_id: str, to: Access, new_day: date | None = None) -> Appointment:
    """The appointment, with everything a change of it needs read in the batch that decides about access."""
    appointment = ctx.unit.get(Appointment, appointment_id)
    if appointment is not None:
        _want(ctx, appointment)
        if new_day is not None:
            want_days(ctx.unit, appointment.provider_id, [new_day])
            want_others(ctx, Others(appointment.staff_ids, appointment.rooms), new_day)
            ctx.unit.want(Hold, hold_id(ctx.caller.id, appointment.provider_id))
            ctx.in_turn(day_id(appointment.provider_id, new_day))
    return access_appointment(ctx, appointment_id, to=to)


def _want(ctx: Context, appointment: Appointment) -> None:
    for cls, document_id in provider_reads(appointment.provider_id):
        ctx.unit.want(cls, document_id)
    ctx.unit.want(Patient, appointment.patient_id)
    for user_id in appointment.people:
        ctx.unit.want(Relationship, relationship_id(appointment.patient_id, user_id))
    want_places(ctx, appointment.places)
    for kind in ("prepayment", "cancellation", "no_show"):
        ctx.unit.want(ChargeRequest, charge_id(appointment.id, kind))


def _is_staff(ctx: Context) -> bool:
    return ctx.caller.role in {Role.ADMIN, Role.DOCTOR, Role.NURSE}


# Moving


def reschedule(ctx: Context, appointment_id: str, body: "NewTime") -> "AppointmentOut":
    """Move an appointment. The old time is given back only with the new one taken: both are one commit.

    Raises `SlotNotAvailable`, `AppointmentClosed`, `TooLateToReschedule`, `ValidationFailed`, `NotFound`,
    `ScopeNotGranted`.
    """
    before = _opened(ctx, appointment_id, "change", new_day=body.date)
    who = provider(ctx, before.provider_id)
    moved = move(ctx, before, who, body)
    return shown(ctx, moved, who)


def move(ctx: Context, before: Appointment, who: Provider, body: "NewTime") -> Appointment:
    """The same for an appointment that access has been decided about."""
    override = body.override_reason is not None
    if override and not _is_staff(ctx):
        raise ctx.refuse(RoleNotAllowed("Times outside the rules are booked by staff."))
    if not before.status.is_open or before.status is Status.CHECKED_IN or before.start <= ctx.now:
        raise AppointmentClosed
    if before.start - ctx.now < RESCHEDULE_UNTIL and not override:
        raise TooLateToReschedule
    need = Need(
        before.duration, zones.minutes(before.start) - before.busy_start, before.busy_end - zones.minutes(before.end)
    )
    wish = Wish(body.date, body.time, need, staff=_is_staff(ctx), override=override)
    slot = find(ctx, who, wish, without=[before.id])
    others = Others(before.staff_ids, before.rooms)
    places, used = occupy(ctx, who, wish, slot, others, before.id, without=[before.id])
    vacate(ctx, [place for place in before.places if place not in places], before.id)
    use_holds(ctx, who.id, used, before.id)
    status = Status.SCHEDULED if before.status is Status.CONFIRMED else before.status
    location_id, address = before.location_id, before.location
    if not before.is_virtual and slot.location_id not in {None, before.location_id}:
        location_id, address = where(who, slot.location_id)
    after = ctx.unit.update(
        before,
        start=zones.instant(slot.start),
        end=zones.instant(slot.end),
        day=body.date,
        time_zone=who.schedule.time_zone,
        wall=f"{body.date.isoformat()}T{zones.hhmm(body.time)}",
        busy_start=slot.busy.start,
        busy_end=slot.busy.end,
        places=places,
        location_id=location_id,
        location=address,
        provider=summary(who.user, who.profile, ctx.settings),
        status=status,
        listed=listed_under(before.patient_id, before.people, status),
        override_reason=body.override_reason or before.override_reason,
        expires_at=min(before.expires_at, zones.instant(slot.start)) if before.expires_at else None,
        rescheduled_at=ctx.now,
        reschedule_reason=body.reason,
        reschedules=before.reschedules + 1,
        sequence=before.sequence + 1,
        updated_at=ctx.now,
    )
    patient = ctx.unit.get(Patient, before.patient_id)
    if patient is not None:
        for user_id in after.people:
            let_see(ctx, patient, after, user_id)
    count(ctx, after, before.status, status)
    freed(ctx, before)
    follow(ctx, after)
    tell(ctx, after, "moved")
    return after


# Cancelling


def cancel(ctx: Context, appointment_id: str, body: "Cancellation | None") -> "CancelledOut":
    """Cancel an appointment. Raises `AppointmentClosed`, `NotFound`, `ScopeNotGranted`, `RoleNotAllowed`."""
    from shared.scheduling.booking.cancelling_models import CancelledOut

    appointment = _opened(ctx, appointment_id, "change")
    if body is not None and (body.waive_fee or body.requested_by) and not _is_staff(ctx):
        raise ctx.refuse(RoleNotAllowed("Fees are waived by staff."))
    after, settled = _cancel(
        ctx,
        appointment,
        reason=body.reason if body else None,
        by_patient=_by_patient(ctx, body),
        waiver=body.waiver_reason if body else None,
    )
    amount = after.amount_cents is not None
    return CancelledOut(
        id=after.id,
        status=after.status.value,
        cancelled_at=after.cancelled_at,
        cancellation_reason=after.cancellation_reason,
        fee=money(settled.fee) if amount else None,
        refund=money(settled.refund) if amount else None,
        currency=after.currency,
    )


def _by_patient(ctx: Context, body: "Cancellation | None" = None) -> bool:
    if body is not None and body.requested_by is not None:
        return body.requested_by == "patient"
    return not _is_staff(ctx)


def _cancellable(ctx: Context, appointment: Appointment) -> bool:
    return appointment.status.is_open and appointment.start > ctx.now


def _settlement(ctx: Context, appointment: Appointment, *, by_patient: bool, waived: bool = False) -> Settlement:
    return settle(
        appointment.tiers,
        appointment.start,
        ctx.now,
        amount=appointment.amount_cents or 0,
        paid=appointment.paid_at is not None,
        # Nobody pays for leaving what was never paid for and so never theirs.
        free=waived or not by_patient or appointment.status is Status.PENDING,
    )


def _cancel(
    ctx: Context, appointment: Appointment, *, reason: str | None, by_patient: bool, waiver: str | None = None
) -> tuple[Appointment, Settlement]:
    if not _cancellable(ctx, appointment):
        raise AppointmentClosed
    settled = _settlement(ctx, appointment, by_patient=by_patient, waived=waiver is not None)
    if waiver is not None:
        ctx.trail.details |= {"feeWaived": True}
    if appointment.amount_cents and (settled.fee or settled.refund or waiver is not None):
        _charge(ctx, appointment, "cancellation", fee=settled.fee, refund=settled.refund, waiver=waiver)
    after = call_off(ctx, appointment, reason=reason)
    tell(ctx, after, "cancelled")
    return after, settled


def call_off(ctx: Context, appointment: Appointment, *, reason: str | None) -> Appointment:
    """What every cancellation does, whoever cancels and whatever it costs."""
    caller = ctx.caller_or_none
    _void(ctx, appointment, "prepayment")
    vacate(ctx, appointment.places, appointment.id)
    for user_id in appointment.people:
        unrelate(ctx, appointment.patient_id, user_id, "appointment", appointment.id)
    after = ctx.unit.update(
        appointment,
        status=Status.CANCELLED,
        listed=listed_under(appointment.patient_id, appointment.people, Status.CANCELLED),
        cancelled_at=ctx.now,
        cancelled_by=caller.id if caller else None,
        cancelled_by_role=caller.role.value if caller else None,
        cancellation_reason=reason,
        sequence=appointment.sequence + 1,
        updated_at=ctx.now,
    )
    count(ctx, after, appointment.status, Status.CANCELLED)
    freed(ctx, appointment)
    follow(ctx, after)
    return after


def preview(ctx: Context, appointment_id: str) -> "PreviewOut":
    """What cancelling now would come to for the caller. Raises `NotFound`, `ScopeNotGranted`."""
    from shared.scheduling.booking.cancelling_models import PreviewOut, TierOut

    appointment = access_appointment(ctx, appointment_id, to="change")
    open_still = _cancellable(ctx, appointment)
    settled = _settlement(ctx, appointment, by_patient=_by_patient(ctx))
    priced = open_still and appointment.amount_cents is not None
    return PreviewOut(
        appointment_id=appointment.id,
        can_cancel=open_still,
        hours_left=round((appointment.start - ctx.now) / timedelta(hours=1), 2),
        tier=TierOut.model_validate(settled.tier) if settled.tier else None,
        tiers=[TierOut.model_validate(tier) for tier in appointment.tiers],
        amount=money(appointment.amount_cents),
        fee=money(settled.fee) if priced else None,
        refund=money(settled.refund) if priced else None,
        currency=appointment.currency,
    )


def expire(ctx: Context, appointment_id: str) -> None:
    """Cancel an appointment that was to be paid for and has not been; safe to repeat."""
    appointment = ctx.unit.get(Appointment, appointment_id)
    if appointment is None or appointment.status is not Status.PENDING:
        return
    if appointment.expires_at is None or appointment.expires_at > ctx.now:
        return
    _want(ctx, appointment)
    ctx.touch(appointment.patient_id)
    ctx.about("appointments", appointment.id)
    tell(ctx, call_off(ctx, appointment, reason="It was not paid for in time."), "expired")


# Money


def _charge(
    ctx: Context, appointment: Appointment, kind: Kind, *, fee: int, refund: int = 0, waiver: str | None = None
) -> None:
    ctx.unit.put(
        ChargeRequest(
            id=charge_id(appointment.id, kind),
            kind=kind,
            appointment_id=appointment.id,
            patient_id=appointment.patient_id,
            provider_id=appointment.provider_id,
            amount_cents=appointment.amount_cents or 0,
            fee_cents=fee,
            refund_cents=refund,
            currency=appointment.currency or "USD",
            waived_by=ctx.caller.id if waiver is not None else None,
            waiver_reason=waiver,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )


def _void(ctx: Context, appointment: Appointment, kind: Kind) -> None:
    request = ctx.unit.get(ChargeRequest, charge_id(appointment.id, kind))
    if request is not None and request.state == "open":
        ctx.unit.update(request, state="void", updated_at=ctx.now)


# How it went


def set_status(ctx: Context, appointment_id: str, body: "StatusChange") -> "AppointmentOut":
    """Say how far a visit has come. Raises `StatusNotAllowed`, `AppointmentClosed`, `NotFound`, `ScopeNotGranted`."""
    appointment = _opened(ctx, appointment_id, "manage")
    after = _go(ctx, appointment, Status(body.status), body.reason, body.attendance)
    return shown(ctx, after, contact(ctx, after.provider_id))


def _go(
    ctx: Context, before: Appointment, status: Status, reason: str | None, attendance: str | None = None
) -> Appointment:
    if status is Status.CANCELLED:
        return _cancel(ctx, before, reason=reason, by_patient=_by_patient(ctx))[0]
    if not may_follow(before.status, status, start=before.start, now=ctx.now):
        raise StatusNotAllowed
    changes = _marks(ctx, before, status, attendance)
    after = ctx.unit.update(
        before,
        status=status,
        listed=listed_under(before.patient_id, before.people, status),
        sequence=before.sequence + 1,
        updated_at=ctx.now,
        **changes,
    )
    count(ctx, after, before.status, status)
    if status is Status.NO_SHOW and before.amount_cents:
        _charge(ctx, after, "no_show", fee=settle(before.tiers, before.start, ctx.now, amount=before.amount_cents,
                                                  paid=False).fee)  # fmt: skip
    elif before.status is Status.NO_SHOW:
        _void(ctx, after, "no_show")
    follow(ctx, after)
    if status in {Status.CONFIRMED, Status.SCHEDULED}:
        tell(ctx, after, status.value)
    return after


def _marks(ctx: Context, before: Appointment, status: Status, attendance: str | None) -> dict[str, Any]:
    """What a status leaves on the record: times, and how the patient attended."""
    late = before.start < ctx.now
    match status:
        case Status.CHECKED_IN:
            found = {"check_in_time": ctx.now, "attendance": "late" if late else "attended"}
        case Status.COMPLETED:
            found = {"check_out_time": before.check_out_time or ctx.now, "attendance": before.attendance or "attended"}
        case Status.NO_SHOW:
            found = {"attendance": "missed"}
        case Status.CONFIRMED:
            found = {"confirmed_at": ctx.now}
        case _:
            found = {}
    return found | ({"attendance": attendance} if attendance else {})


def change(ctx: Context, appointment_id: str, body: "AppointmentChange") -> "AppointmentOut":
    """Change an appointment: its time, its status, or what is written on it.

    Raises what `reschedule`, `cancel` and `set_status` raise.
    """
    from shared.scheduling.booking.asking_models import NewTime

    stored = ctx.unit.get(Appointment, appointment_id)
    moves = body.date is not None or body.time is not None
    new_day = (body.date or (stored.day if stored else None)) if moves else None
    status = Status(body.status) if body.status else None
    by_patient = {None, Status.CONFIRMED, Status.CANCELLED}
    appointment = _opened(ctx, appointment_id, "change" if status in by_patient else "manage", new_day=new_day)
    if moves:
        who = provider(ctx, appointment.provider_id)
        at = zones.local(zones.minutes(appointment.start), appointment.time_zone)
        wall = at.hour * 60 + at.minute if body.time is None else body.time
        appointment = move(ctx, appointment, who, NewTime.model_construct(
            date=body.date or appointment.day, time=wall, reason=None, hold_id=None, override_reason=None,
        ))  # fmt: skip
    if status is Status.CONFIRMED and appointment.status is Status.PENDING and not _is_staff(ctx):
        # What is pending waits for the practice or for the money, not for the patient.
        raise ctx.refuse(ScopeNotGranted("Pending appointments are confirmed by the practice."))
    if status is not None and status is not appointment.status:
        appointment = _go(ctx, appointment, status, body.reason)
    written = _written(body, cancelled=status is Status.CANCELLED)
    if written:
        if not appointment.status.is_open and not _is_staff(ctx):
            raise AppointmentClosed
        appointment = ctx.unit.update(appointment, updated_at=ctx.now, **written)
    return shown(ctx, appointment, contact(ctx, appointment.provider_id))


def _written(body: "AppointmentChange", *, cancelled: bool) -> dict[str, Any]:
    names: Iterable[str] = ("notes", "equipment", "treatment_types", *(() if cancelled else ("reason",)))
    return {name: getattr(body, name) for name in names if getattr(body, name) is not None}
