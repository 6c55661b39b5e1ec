"""Joining the video visit of an appointment.

What is behind the address is the calls' matter; who may join, and when, is the appointment's.
"""

from datetime import datetime, timedelta

from shared.calls.joining import enter, joined
from shared.calls.visits import open_visit
from shared.context import Context
from shared.errors import VisitNotOpen
from shared.scheduling.booking.access import access_appointment
from shared.scheduling.booking.addresses import join_url
from shared.scheduling.booking.documents import Appointment, Status
from shared.scheduling.visit_models import JoinOut

_JOINABLE = frozenset({Status.SCHEDULED, Status.CONFIRMED, Status.CHECKED_IN})


def join(ctx: Context, appointment_id: str) -> JoinOut:
    """Join a visit the caller is part of: room and token, or that they wait to be let in.

    Raises `VisitNotOpen`, `NotFound`, `ScopeNotGranted`, and what joining a call raises.
    """
    appointment = visit_to_join(ctx, appointment_id)
    opens, closes = _window(ctx, appointment)
    call = open_visit(ctx, appointment)
    # An administrator who looks on is no part of it.
    call = enter(ctx, call) if call.part(ctx.caller.id) is not None else call
    own = joined(ctx, call)
    url = call.meeting_url or join_url(appointment, ctx.settings.frontend_url) or ""
    return JoinOut(
        appointment_id=appointment.id,
        join_url=url,
        video_link=url,
        opens_at=opens,
        closes_at=closes,
        call_id=call.id,
        room_id=call.room_id,
        token=own.auth_token,
        provider=call.provider,
        waiting=own.waiting,
    )


def visit_to_join(ctx: Context, appointment_id: str) -> Appointment:
    """A visit that the caller may join now. Raises `VisitNotOpen`, `NotFound`, `ScopeNotGranted`."""
    appointment = access_appointment(ctx, appointment_id, to="attend")
    opens, closes = _window(ctx, appointment)
    if not appointment.is_virtual:
        raise VisitNotOpen("This visit is in person.")
    if appointment.status not in _JOINABLE:
        raise VisitNotOpen("This visit is not going to take place, is over, or waits to be confirmed.")
    if not opens <= ctx.now < closes:
        early = ctx.settings.visit_opens_minutes
        raise VisitNotOpen(f"A visit can be joined from {early} minutes before it begins.")
    return appointment


def _window(ctx: Context, appointment: Appointment) -> tuple[datetime, datetime]:
    early, late = ctx.settings.visit_opens_minutes, ctx.settings.visit_closes_minutes
    return appointment.start - timedelta(minutes=early), appointment.end + timedelta(minutes=late)
