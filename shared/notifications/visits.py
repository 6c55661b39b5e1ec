"""How near the visit is that a notification is about."""

from datetime import timedelta

from shared.context import Context
from shared.events import NotificationRequest, NotificationType

#: Kinds of reference to a visit: `appointments` reminds of it, `bookings` tells what became of it.
REF_KINDS = frozenset({"appointments", "bookings"})


def want(ctx: Context, request: NotificationRequest) -> None:
    """Ask for the visit that a notification is about, if it is about one, with the next batch."""
    if _about_visit(request):
        # Scheduling notifies, and so imports what this is part of.
        from shared.scheduling.booking.documents import Appointment

        ctx.unit.want(Appointment, request.ref_id)


def within(ctx: Context, request: NotificationRequest, span: timedelta) -> bool:
    """Whether this is about a visit that begins within `span`."""
    if not _about_visit(request):
        return False
    from shared.scheduling.booking.documents import Appointment

    visit = ctx.unit.get(Appointment, request.ref_id)
    return visit is not None and ctx.now <= visit.start <= ctx.now + span


def _about_visit(request: NotificationRequest) -> bool:
    return request.type is NotificationType.APPOINTMENT_REMINDER and request.ref_kind in REF_KINDS
