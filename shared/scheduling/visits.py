"""Joining the video visit of an appointment.

What is behind the address is the calls' matter; who may join, and when, is the appointment's.
"""

from datetime import timedelta

from shared.context import Context
from shared.errors import VisitNotOpen
from shared.scheduling.booking.access import access_appointment
from shared.scheduling.booking.documents import Appointment, Status
from shared.scheduling.booking.models import JoinOut, join_url

_JOINABLE = frozenset({Status.SCHEDULED, Status.CONFIRMED, Status.CHECKED_IN})


def join(ctx: Context, appointment_id: str) -> JoinOut:
    """Where the caller joins a visit they are part of. Raises `VisitNotOpen`, `NotFound`, `ScopeNotGranted`."""
    appointment = access_appointment(ctx, appointment_id, to="attend")
    early, late = ctx.settings.visit_opens_minutes, ctx.settings.visit_closes_minutes
    opens, closes = appointment.start - timedelta(minutes=early), appointment.end + timedelta(minutes=late)
    if not appointment.is_virtual:
        raise VisitNotOpen("This visit is in person.")
    if appointment.status not in _JOINABLE:
        raise VisitNotOpen("This visit is not going to take place, is over, or waits to be confirmed.")
    if not opens <= ctx.now < closes:
        raise VisitNotOpen(f"A visit can be joined from {early} minutes before it begins.")
    url = _opened(ctx, appointment)
    return JoinOut(appointment_id=appointment.id, join_url=url, video_link=url, opens_at=opens, closes_at=closes)


def _opened(ctx: Context, appointment: Appointment) -> str:
    """The address of the open visit; calls take over from here."""
    return join_url(appointment, ctx.settings.frontend_url) or ""
