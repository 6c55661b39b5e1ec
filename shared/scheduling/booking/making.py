"""Making appointments, and holding slots for it.

What decides who gets a time is the provider's day: every booking writes it, with the precondition that nobody has
since it was read. Who comes second runs again, finds the time taken by its first look at the day, and is told so.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from shared.context import Context, reads_by_path
from shared.errors import (
    Detail,
    NotFound,
    ProviderNotAccepting,
    RoleNotAllowed,
    ValidationFailed,
)
from shared.patients.documents import Patient, Relationship, Source
from shared.patients.relationships import access_patient, relate, related, relationship_id
from shared.scheduling import zones
from shared.scheduling.availability import Schedule
from shared.scheduling.booking.aftermath import follow, tell
from shared.scheduling.booking.copies import summary
from shared.scheduling.booking.documents import (
    Appointment,
    CancellationPolicy,
    ChargeRequest,
    Hold,
    Place,
    Status,
    charge_id,
    hold_id,
    listed_under,
)
from shared.scheduling.booking.fields import wall_clock
from shared.scheduling.booking.policy import PRACTICE, default_tiers
from shared.scheduling.booking.showing import shown
from shared.scheduling.booking.tallies import count
from shared.scheduling.booking.terms import Terms, terms_of, where
from shared.scheduling.booking.times import Others, Wish, find, occupy, want_others
from shared.scheduling.days import Busy, ProviderDay, day_id, read_day, release, take, want_days
from shared.scheduling.profiles import Provider, provider, provider_reads
from shared.scheduling.slots import Slot
from shared.store.document import Document, new_id
from shared.users.documents import Role, User

# Holding takes and answers what booking does not.
if TYPE_CHECKING:
    from shared.scheduling.booking.asking_models import NewAppointment
    from shared.scheduling.booking.hold_models import HoldOut, NewHold
    from shared.scheduling.booking.models import AppointmentOut

Reads = Iterable[tuple[type[Document], str]]

reads_by_path("holdId", lambda id_of_hold, _: ((Hold, id_of_hold),))


def named(said: Mapping[str, Any], user_id: str) -> Reads:
    """What taking a slot needs of what path and body name: read with the session, whatever the rest is like."""
    provider_id = said.get("providerId")
    if not isinstance(provider_id, str) or not _plain(provider_id):
        return []
    wanted: list[tuple[type[Document], str]] = [
        *provider_reads(provider_id), (Hold, hold_id(user_id, provider_id)), (CancellationPolicy, PRACTICE)
    ]  # fmt: skip
    with suppress(ValueError):
        wanted.append((ProviderDay, day_id(provider_id, date.fromisoformat(str(said.get("date"))))))
    return wanted


def _plain(text: str) -> bool:
    """Whether a text can be part of a document's id."""
    return 0 < len(text) <= 40 and all(c.isascii() and (c.isalnum() or c == "-") for c in text)


def book(ctx: Context, body: "NewAppointment") -> "AppointmentOut":
    """Make an appointment: by patients for themselves, by staff for a patient they can open.

    Raises `ProviderNotFound`, `ProviderNotAccepting`, `SlotNotAvailable`, `ValidationFailed`, `NotFound`.
    """
    staff = ctx.caller.role is not Role.PATIENT
    patient_id = _for_whom(ctx, body, staff=staff)
    _check(ctx, body, staff=staff)
    ctx.unit.want(CancellationPolicy, PRACTICE)
    ctx.unit.want(Relationship, relationship_id(patient_id, body.provider_id))
    ctx.unit.want(Hold, hold_id(ctx.caller.id, body.provider_id))
    _take_turn(ctx, body.provider_id, body.date, body.time)
    want_days(ctx.unit, body.provider_id, [body.date])
    if body.follow_up_of is not None:
        ctx.unit.want(Appointment, body.follow_up_of)
    others = _others(ctx, body)  # the provider has been read with the session: no trip
    for staff_id in others.staff_ids:
        ctx.unit.want(User, staff_id)
        ctx.unit.want(Relationship, relationship_id(patient_id, staff_id))
    want_others(ctx, others, body.date)
    patient = access_patient(ctx, patient_id, to="read", scope="appointments")
    who = provider(ctx, body.provider_id)
    terms = terms_of(
        who, type_name=body.type, service_id=body.service_id, duration=body.duration, is_virtual=body.is_virtual,
        staff=staff,
    )  # fmt: skip
    _check_colleagues(ctx, others.staff_ids)
    _check_location(who, body.location_id)
    _check_follow_up(ctx, body.follow_up_of, patient_id)
    override = body.override_reason is not None
    if not who.profile.accepting_new_patients and not override and not _known(ctx, patient, who.id):
        raise ProviderNotAccepting
    wish = Wish(body.date, body.time, terms.need, body.location_id, staff=staff, override=override)
    slot = find(ctx, who, wish)
    _check_hold(ctx, body, slot)
    appointment_id = new_id()
    places, used = occupy(ctx, who, wish, slot, others, appointment_id)
    appointment = ctx.unit.create(
        _appointment(ctx, appointment_id, body, patient, who, terms, slot, others, places)
    )  # fmt: skip
    use_holds(ctx, who.id, used, appointment.id)
    for user_id in appointment.people:
        let_see(ctx, patient, appointment, user_id)
    count(ctx, appointment, None, appointment.status)
    if appointment.prepaid:
        _ask_for_payment(ctx, appointment)
    ctx.about("appointments", appointment.id)
    follow(ctx, appointment)
    tell(ctx, appointment, "booked")
    return shown(ctx, appointment, who)


def _take_turn(ctx: Context, provider_id: str, day: date, wall: int) -> None:
    """Wait for the day's turn and read it again then, the later the better; not for a time that is seen to be taken.

    Where many want the same times most of them come too late: these need not wait to be told so, nor be waited for.
    """
    of_day = day_id(provider_id, day)
    schedule, seen = ctx.unit.seen(Schedule, provider_id), ctx.unit.seen(ProviderDay, of_day)
    if schedule is not None and seen is not None:
        start = zones.exact(day, wall, schedule.time_zone)
        visits = [busy.visit for busy in seen.busy if busy.kind == "appointment"]
        if start is not None and any(visit.start <= start < visit.end for visit in visits):
            return
    ctx.in_turn(of_day)
    ctx.unit.forget(ProviderDay, of_day)


def _for_whom(ctx: Context, body: "NewAppointment", *, staff: bool) -> str:
    own = ctx.caller.user.patient_id
    if staff:
        if body.for_patient is None:
            raise ValidationFailed(details=[Detail("patientId", "is required: staff book for a patient")])
        return body.for_patient
    if own is None or body.for_patient not in {None, own}:
        raise ctx.refuse(NotFound())
    return own


def _check(ctx: Context, body: "NewAppointment", *, staff: bool) -> None:
    """Rules that differ by source and by who books."""
    wrong = []
    if ctx.route == "/appointments":
        wrong = [Detail(name, "is required") for name in ("type", "reason") if getattr(body, name) is None]
    if not staff and (body.staff_ids or body.rooms or body.override_reason):
        raise ctx.refuse(RoleNotAllowed("Colleagues, rooms and times outside the rules are booked by staff."))
    if body.provider_id in body.staff_ids or len(set(body.staff_ids)) != len(body.staff_ids):
        wrong.append(Detail("staffIds", "names somebody twice, or the provider"))
    if wrong:
        raise ValidationFailed(details=wrong)


def _others(ctx: Context, body: "NewAppointment") -> Others:
    """Whom and what the visit needs besides the provider: of the service, and those that staff add."""
    who = provider(ctx, body.provider_id)
    service = terms_of(
        who, type_name=body.type, service_id=body.service_id, duration=None, is_virtual=None, staff=True
    ).service
    staff_ids = [*(service.co_provider_ids if service else []), *body.staff_ids]
    rooms = [*([service.room_id] if service and service.room_id else []), *body.rooms]
    return Others([i for i in dict.fromkeys(staff_ids) if i != who.id], list(dict.fromkeys(rooms)))


def _check_colleagues(ctx: Context, staff_ids: Iterable[str]) -> None:
    for user in ctx.unit.get_all(User, list(staff_ids)):
        if user is None or not user.is_active or not user.role.is_clinician or user.verification != "approved":
            raise ValidationFailed(details=[Detail("staffIds", "names somebody who does not practise here")])


def _check_location(who: Provider, location_id: str | None) -> None:
    if location_id is not None and who.profile.location(location_id) is None:
        raise ValidationFailed(details=[Detail("locationId", "is not a location of this provider")])


def _check_follow_up(ctx: Context, appointment_id: str | None, patient_id: str) -> None:
    if appointment_id is None:
        return
    before = ctx.unit.get(Appointment, appointment_id)
    if before is None or before.patient_id != patient_id:
        raise ValidationFailed(details=[Detail("followUpOf", "is not a visit of this patient")])


def _known(ctx: Context, patient: Patient, provider_id: str) -> bool:
    """Whether the provider has this patient already: then accepting new ones is no matter."""
    return patient.provider_id == provider_id or bool(related(ctx.unit, patient.id, provider_id))


def _check_hold(ctx: Context, body: "NewAppointment", slot: Slot) -> None:
    """A hold that has run out is no matter while the time is free; one of another time is a mistake."""
    if body.hold_id is None:
        return
    hold = ctx.unit.get(Hold, hold_id(ctx.caller.id, body.provider_id))
    if body.hold_id != hold_id(ctx.caller.id, body.provider_id) or (
        hold is not None and hold.expires_at > ctx.now and zones.minutes(hold.start) != slot.start
    ):
        raise ValidationFailed(details=[Detail("holdId", "is not a hold of yours of this time")])


def use_holds(ctx: Context, provider_id: str, used: Iterable[str], appointment_id: str) -> None:
    own = hold_id(ctx.caller.id, provider_id)
    for ref_id in used:
        if ref_id == own:
            ctx.unit.remove(Hold, own)
        else:
            # An offer along the waitlist, taken up: who is behind them need not wait for its end.
            ctx.enqueue("offer_freed_slot", ref_id, dedupe_key=f"{ref_id}:{appointment_id}")


def _appointment(
    ctx: Context,
    appointment_id: str,
    body: "NewAppointment",
    patient: Patient,
    who: Provider,
    terms: Terms,
    slot: Slot,
    others: Others,
    places: list[Place],
) -> Appointment:
    status = Status.PENDING if terms.prepaid else Status.SCHEDULED
    location_id, address = (None, None) if terms.is_virtual else where(who, body.location_id or slot.location_id)
    service, policy = terms.service, ctx.unit.get(CancellationPolicy, PRACTICE)
    return Appointment(
        id=appointment_id,
        patient_id=patient.id,
        patient_user_id=patient.user_id,
        patient_name=patient.name,
        provider_id=who.id,
        provider=summary(who.user, who.profile, ctx.settings),
        staff_ids=list(others.staff_ids),
        rooms=list(others.rooms),
        status=status,
        listed=listed_under(patient.id, [who.id, *others.staff_ids], status),
        type=terms.type,
        service_id=service.id if service else None,
        service_name=service.name if service else None,
        start=zones.instant(slot.start),
        end=zones.instant(slot.end),
        day=body.date,
        time_zone=who.schedule.time_zone,
        wall=f"{body.date.isoformat()}T{zones.hhmm(body.time)}",
        busy_start=slot.busy.start,
        busy_end=slot.busy.end,
        places=places,
        is_virtual=terms.is_virtual,
        location=address,
        location_id=location_id,
        reason=body.reason,
        notes=body.notes,
        preparation=service.preparation if service else None,
        equipment=list(dict.fromkeys([*(service.equipment if service else []), *body.equipment])),
        treatment_types=list(
            dict.fromkeys([*([service.treatment_type] if service and service.treatment_type else []),
                           *body.treatment_types])
        ),
        follow_up_of=body.follow_up_of,
        override_reason=body.override_reason,
        amount_cents=terms.amount_cents,
        currency=terms.currency,
        prepaid=terms.prepaid,
        expires_at=min(ctx.now + timedelta(minutes=ctx.settings.prepayment_minutes), zones.instant(slot.start))
        if terms.prepaid
        else None,
        tiers=policy.tiers if policy else default_tiers(),
        booked_by=ctx.caller.id,
        booked_by_role=ctx.caller.role.value,
        created_at=ctx.now,
        updated_at=ctx.now,
    )  # fmt: skip


def let_see(ctx: Context, patient: Patient, appointment: Appointment, user_id: str) -> None:
    """Let somebody who is part of the visit see the record, until some time after it."""
    ends = appointment.end + timedelta(days=ctx.settings.appointment_access_days)
    source = Source(
        kind="appointment", ref_id=appointment.id, expires_at=ends, granted_by=ctx.caller.id, granted_at=ctx.now
    )
    relate(ctx, patient, user_id, source)


def _ask_for_payment(ctx: Context, appointment: Appointment) -> None:
    ctx.unit.create(
        ChargeRequest(
            id=charge_id(appointment.id, "prepayment"),
            kind="prepayment",
            appointment_id=appointment.id,
            patient_id=appointment.patient_id,
            provider_id=appointment.provider_id,
            amount_cents=appointment.amount_cents or 0,
            currency=appointment.currency or "USD",
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    ctx.enqueue("expire_appointment", appointment.id, at=appointment.expires_at, dedupe_key=f"{appointment.id}:unpaid")


# Holds


def hold(ctx: Context, provider_id: str, body: "NewHold") -> "HoldOut":
    """Keep a slot for the caller for a few minutes; the one they held with this provider is let go.

    Raises `ProviderNotFound`, `SlotNotAvailable`, `ValidationFailed`.
    """
    from shared.scheduling.booking.hold_models import HoldOut

    own = hold_id(ctx.caller.id, provider_id)
    before = ctx.unit.get(Hold, own)
    days: list[date] = [body.date, *([before.day] if before is not None else [])]
    _take_turn(ctx, provider_id, body.date, body.time)
    want_days(ctx.unit, provider_id, days)
    who = provider(ctx, provider_id)
    staff = ctx.caller.role is not Role.PATIENT
    terms = terms_of(
        who, type_name=body.type, service_id=body.service_id, duration=body.duration, is_virtual=None, staff=staff
    )
    slot = find(ctx, who, Wish(body.date, body.time, terms.need, staff=staff), without=[own])
    if before is not None and before.day != body.date:
        _let_go(ctx, before)
    expires = ctx.now + timedelta(minutes=ctx.settings.hold_minutes)
    busy = Busy.of(slot, "hold", own, user_id=ctx.caller.id, expires_at=expires)
    take(ctx.unit, read_day(ctx.unit, provider_id, body.date), busy)
    ctx.unit.put(
        Hold(
            id=own, user_id=ctx.caller.id, provider_id=provider_id, day=body.date, start=zones.instant(slot.start),
            end=zones.instant(slot.end), created_at=ctx.now, expires_at=expires,
        )
    )  # fmt: skip
    ctx.about("holds", own)
    return HoldOut(
        hold_id=own,
        provider_id=provider_id,
        date=body.date,
        time=wall_clock(body.time),
        time_zone=who.schedule.time_zone,
        duration=slot.end - slot.start,
        expires_at=expires,
    )


def let_go(ctx: Context, id_of_hold: str) -> None:
    """Give a held slot back. Raises `NotFound` for a hold that is not the caller's."""
    found = ctx.unit.get(Hold, id_of_hold)
    ctx.about("holds", id_of_hold)
    if found is None or found.user_id != ctx.caller.id:
        raise ctx.refuse(NotFound())
    _let_go(ctx, found)
    ctx.unit.remove(Hold, found.id)


def _let_go(ctx: Context, found: Hold) -> None:
    day = ctx.unit.get(ProviderDay, day_id(found.provider_id, found.day))
    if day is not None and any(b.ref_id == found.id for b in day.busy):
        release(ctx.unit, day, [found.id])
