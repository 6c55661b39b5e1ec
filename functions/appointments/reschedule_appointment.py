"""Move an appointment to another time.

The new time is taken and the old one given back at once; if the new one is not free the old one is kept (409
SLOT_NOT_AVAILABLE). Until 2 hours before it begins (422 TOO_LATE_TO_RESCHEDULE); staff may override with a reason.
"""

from shared.errors import (
    AppointmentClosed,
    ProviderNotFound,
    RoleNotAllowed,
    ScopeNotGranted,
    SlotNotAvailable,
    TooLateToReschedule,
)
from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.asking_models import NewTime
from shared.scheduling.booking.changing import reschedule
from shared.scheduling.booking.models import AppointmentOut
from shared.scheduling.booking.showing import viewer_reads


@endpoint(
    "PUT /appointments/{appointmentId}/reschedule",
    "POST /appointments/{appointmentId}/reschedule",
    access=signed_in,
    trips=3,
    reads=viewer_reads,
    errors=[
        AppointmentClosed,
        ProviderNotFound,
        RoleNotAllowed,
        ScopeNotGranted,
        SlotNotAvailable,
        TooLateToReschedule,
    ],
)
def reschedule_appointment(ctx: Context, appointmentId: str, body: NewTime) -> AppointmentOut:
    return reschedule(ctx, appointmentId, body)
