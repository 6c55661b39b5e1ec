"""Change an appointment.

A `date` or `time` moves it, as PUT …/reschedule does; `status` cancels or confirms it, and staff may set the other
statuses, too; `reason`, `notes`, `equipment` and `treatmentTypes` are replaced.
"""

from shared.errors import (
    AppointmentClosed,
    ProviderNotFound,
    ScopeNotGranted,
    SlotNotAvailable,
    StatusNotAllowed,
    TooLateToReschedule,
)
from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.asking_models import AppointmentChange
from shared.scheduling.booking.changing import change
from shared.scheduling.booking.models import AppointmentOut
from shared.scheduling.booking.showing import viewer_reads


@endpoint(
    "PATCH /appointments/{appointmentId}",
    access=signed_in,
    trips=3,
    reads=viewer_reads,
    errors=[
        AppointmentClosed,
        ProviderNotFound,
        ScopeNotGranted,
        SlotNotAvailable,
        StatusNotAllowed,
        TooLateToReschedule,
    ],
)
def update_appointment(ctx: Context, appointmentId: str, body: AppointmentChange) -> AppointmentOut:
    return change(ctx, appointmentId, body)
