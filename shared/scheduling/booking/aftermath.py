"""What follows a change of an appointment, once it is committed: reminders, messages, the directory, the waitlist."""

from collections.abc import Iterable
from datetime import timedelta

from shared.context import Context
from shared.events import NotificationType
from shared.scheduling import zones
from shared.scheduling.booking.documents import Appointment, FreedSlot
from shared.scheduling.refreshing import changed
from shared.store.document import new_id


def follow(ctx: Context, appointment: Appointment) -> None:
    """Have reminders planned anew, and the provider's next free date looked up."""
    ctx.enqueue("plan_reminders", appointment.id, dedupe_key=f"{appointment.id}:{appointment.sequence}:plan")
    changed(ctx, appointment.provider_id)


def tell(ctx: Context, appointment: Appointment, what: str) -> None:
    """Tell everybody who is part of it but did not do it themselves; patients also of what they did, to keep.

    `what` makes the message of this change another than that of the change before.
    """
    actor = ctx.caller_or_none
    people = {
        user_id
        for user_id in appointment.everybody
        if actor is None or user_id != actor.id or user_id == appointment.patient_user_id
    }
    tell_of_booking(ctx, people, appointment, f"{what}:{appointment.sequence}")


def tell_of_booking(ctx: Context, people: Iterable[str], appointment: Appointment, change: str) -> None:
    """Tell people of a change of an appointment; the message itself says only that there is one.

    Of the field's ten types the one for appointments, so that whoever does not want news of them still gets system
    alerts. Reminders are of the same type; their times (none, if so wished) are a preference of their own.
    """
    key = f"appointment:{appointment.id}:{change}"
    ctx.notify(people, NotificationType.APPOINTMENT_REMINDER, ("bookings", appointment.id), key)


def freed(ctx: Context, appointment: Appointment) -> None:
    """Offer the time an appointment had to the waitlist, unless it is too near to be of use."""
    if appointment.start <= ctx.now + timedelta(minutes=ctx.settings.waitlist_offer_minutes):
        return
    slot = ctx.unit.create(
        FreedSlot(
            id=new_id(),
            provider_id=appointment.provider_id,
            day=appointment.day,
            start=zones.instant(appointment.busy_start),
            end=zones.instant(appointment.busy_end),
            expires_at=appointment.end,
        )
    )
    ctx.enqueue("offer_freed_slot", slot.id, dedupe_key=f"{slot.id}:first")
