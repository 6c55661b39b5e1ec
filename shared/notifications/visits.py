"""How near the visit is that a reminder is about."""

from datetime import timedelta

from shared.context import Context
from shared.events import NotificationRequest, NotificationType


def within(ctx: Context, request: NotificationRequest, span: timedelta) -> bool:
    """Whether this is a reminder of a visit that begins within `span`."""
    if request.type is not NotificationType.APPOINTMENT_REMINDER or request.ref_kind != "appointments":
        return False
    # Scheduling notifies, and so imports what this is part of.
    from shared.scheduling.booking.documents import Appointment

    visit = ctx.unit.get(Appointment, request.ref_id)
    return visit is not None and ctx.now <= visit.start <= ctx.now + span
