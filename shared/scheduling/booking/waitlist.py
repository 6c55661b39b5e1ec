"""The waitlist of a provider: who takes a time that comes free.

A freed slot is offered to one after the other, in the order they joined: it is kept for them as a hold of theirs for
a while, and taken up by booking it as any other. One worker (`offer`) does all of it; it runs when time comes free,
when an offer ends, and when one is taken up, and each time finds out from the provider's day what is the case.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.context import Context, reads_by_path
from shared.errors import Detail, NotFound, ValidationFailed
from shared.events import NotificationType
from shared.patients.relationships import access_patient
from shared.scheduling import zones
from shared.scheduling.availability import Schedule, free, last_day
from shared.scheduling.booking.documents import Appointment, FreedSlot
from shared.scheduling.booking.waitlist_documents import WAITING, WAITLIST_OF_USER, WaitlistEntry
from shared.scheduling.booking.waitlist_models import WaitlistOffer, WaitlistOut
from shared.scheduling.days import Busy, ProviderDay, day_id, read_day, release, take
from shared.scheduling.profiles import provider
from shared.scheduling.slots import Slot
from shared.store.document import new_id
from shared.store.query import Page, Paging
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.scheduling.booking.waitlist_models import NewWaitlistEntry

reads_by_path("entryId", lambda entry_id, _: ((WaitlistEntry, entry_id),))

#: Entries that are looked through for one slot.
MOST_WAITING = 300
#: An offer ends so long before the visit at the latest.
TO_GET_THERE = timedelta(minutes=15)


def join(ctx: Context, provider_id: str, body: "NewWaitlistEntry") -> WaitlistOut:
    """Put the caller, or a patient of the caller's, on the waitlist. Raises `ProviderNotFound`, `ValidationFailed`."""
    patient_id = ctx.caller.user.patient_id if ctx.caller.role is Role.PATIENT else body.patient_id
    if patient_id is None:
        raise ValidationFailed(details=[Detail("patientId", "is required: staff put a patient on the list")])
    if ctx.caller.role is Role.PATIENT and body.patient_id not in {None, patient_id}:
        raise ctx.refuse(NotFound())
    patient = access_patient(ctx, patient_id, to="read", scope="appointments")
    who = provider(ctx, provider_id)
    today = who.schedule.today(ctx.now)
    if body.to < today or body.from_ > last_day(today):
        raise ValidationFailed(details=[Detail("to", "must be today or later; from within the next 6 months")])
    entry = ctx.unit.create(
        WaitlistEntry(
            id=new_id(),
            provider_id=provider_id,
            patient_id=patient_id,
            user_id=patient.user_id or ctx.caller.id,
            first_day=body.from_,
            last_day=body.to,
            earliest=0 if body.earliest is None else body.earliest,
            latest=zones.DAY if body.latest is None else body.latest,
            duration=body.duration,
            notes=body.notes,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    ctx.about("waitlist", entry.id)
    return shown(entry)


def leave(ctx: Context, entry_id: str) -> None:
    """Take an entry off the list. Raises `NotFound` for one that is not the caller's."""
    entry = ctx.unit.get(WaitlistEntry, entry_id)
    ctx.about("waitlist", entry_id)
    own = entry is not None and (
        ctx.caller.id in {entry.user_id, entry.provider_id}
        or entry.patient_id == ctx.caller.user.patient_id
        or ctx.caller.role is Role.ADMIN
    )
    if entry is None or not own:
        raise ctx.refuse(NotFound())
    ctx.touch(entry.patient_id)
    if entry.state == "offered" and entry.offer_id is not None:
        ctx.enqueue("offer_freed_slot", entry.offer_id, dedupe_key=f"{entry.offer_id}:left:{entry.id}")
    ctx.unit.update(entry, state="left", updated_at=ctx.now)


def shown(entry: WaitlistEntry) -> WaitlistOut:
    """An entry as it is answered."""
    return WaitlistOut(
        entry_id=entry.id,
        provider_id=entry.provider_id,
        patient_id=entry.patient_id,
        from_=entry.first_day,
        to=entry.last_day,
        duration=entry.duration,
        state=entry.state,
        offer=_offered(entry),
        created_at=entry.created_at,
    )


def _offered(entry: WaitlistEntry) -> WaitlistOffer | None:
    if entry.state != "offered" or entry.offer_start is None or entry.offer_expires_at is None:
        return None
    return WaitlistOffer(starts_at=entry.offer_start, expires_at=entry.offer_expires_at)


def mine(ctx: Context, paging: Paging) -> Page[WaitlistOut]:
    """A page of the caller's places, latest first."""
    page = ctx.unit.page(WAITLIST_OF_USER, paging, userId=ctx.caller.id)
    for entry in page.data:
        ctx.touch(entry.patient_id)
    return page.map([shown(entry) for entry in page.data])


def offer(ctx: Context, slot_id: str) -> None:
    """Do what is to be done about a freed slot now. Safe to repeat."""
    slot = ctx.unit.get(FreedSlot, slot_id)
    if slot is None or slot.state != "open":
        return
    ctx.unit.want(Schedule, slot.provider_id)
    ctx.unit.want(ProviderDay, day_id(slot.provider_id, slot.day))
    entry = ctx.unit.get(WaitlistEntry, slot.entry_id) if slot.entry_id else None
    schedule = ctx.unit.get(Schedule, slot.provider_id)
    day = read_day(ctx.unit, slot.provider_id, slot.day)
    begins, ends = zones.minutes(slot.start), zones.minutes(slot.end)
    taken = [b.ref_id for b in day.busy if b.kind == "appointment" and b.start < ends and begins < b.end]
    if entry is not None and _ended(ctx, slot, entry, taken):
        entry = None
    elif entry is not None:
        return  # it still holds; the task at its end comes
    if taken or schedule is None:
        ctx.unit.update(slot, state="taken", entry_id=None)
        return
    _offer_to_next(ctx, slot, schedule, day)


def _ended(ctx: Context, slot: FreedSlot, entry: WaitlistEntry, taken: list[str]) -> bool:
    """Whether the present offer is over, one way or another; its entry is brought up to date then."""
    if taken:
        booked = [a for a in ctx.unit.get_all(Appointment, taken) if a is not None]
        theirs = any(a.patient_id == entry.patient_id for a in booked)
        _close(ctx, entry, "booked" if theirs else "waiting")
        return True
    if entry.state != "offered":
        return True
    if slot.offered_until is not None and slot.offered_until > ctx.now:
        return False
    _close(ctx, entry, "waiting")
    return True


def _close(ctx: Context, entry: WaitlistEntry, state: str) -> None:
    if entry.state == "offered":
        ctx.unit.update(entry, state=state, offer_id=None, offer_start=None, offer_expires_at=None, updated_at=ctx.now)


def _offer_to_next(ctx: Context, slot: FreedSlot, schedule: Schedule, day: ProviderDay) -> None:
    until = min(ctx.now + timedelta(minutes=ctx.settings.waitlist_offer_minutes), slot.start - TO_GET_THERE)
    found = _next(ctx, slot, schedule, day) if until > ctx.now else None
    if found is None:
        if any(b.ref_id == slot.id for b in day.busy):
            release(ctx.unit, day, [slot.id])
        ctx.unit.update(slot, state="done", entry_id=None)
        return
    entry, free_slot = found
    take(ctx.unit, day, Busy.of(free_slot, "hold", slot.id, user_id=entry.user_id, expires_at=until))
    start = zones.instant(free_slot.start)
    ctx.unit.update(
        entry, state="offered", offer_id=slot.id, offer_start=start, offer_expires_at=until, updated_at=ctx.now
    )
    ctx.unit.update(slot, entry_id=entry.id, offered_until=until, tried=[*slot.tried, entry.id])
    key = f"{slot.id}:{len(slot.tried)}"
    ctx.notify([entry.user_id], NotificationType.APPOINTMENT_REMINDER, ("waitlist", entry.id), f"waitlist:{key}")
    ctx.enqueue("offer_freed_slot", slot.id, at=until, dedupe_key=f"{key}:end")


def _next(ctx: Context, slot: FreedSlot, schedule: Schedule, day: ProviderDay) -> tuple[WaitlistEntry, Slot] | None:
    """Who is next for this slot, and the slot as it suits them."""
    waiting = ctx.unit.find(WAITING, providerId=slot.provider_id, state="waiting", limit=MOST_WAITING)
    begins, ends = zones.minutes(slot.start), zones.minutes(slot.end)
    for entry in waiting:
        # The query does not see what this unit is about to write.
        if entry.id in slot.tried or not entry.first_day <= slot.day <= entry.last_day:
            continue
        for found in free(
            schedule, day, need=schedule.need(entry.duration), now=ctx.now, without=[slot.id], staff=True
        ):
            at = zones.local(found.start, schedule.time_zone)
            inside = begins <= found.start and found.end <= ends
            if inside and entry.earliest <= at.hour * 60 + at.minute <= entry.latest:
                return entry, found
    return None
