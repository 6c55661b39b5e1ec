"""Say how far an appointment has come.

By staff: scheduled, confirmed, checked_in, completed, no_show, cancelled, along the allowed ways only; 409
STATUS_NOT_ALLOWED otherwise. Notes times of arrival and leaving, and how the patient attended.
"""

from shared.errors import AppointmentClosed, StatusNotAllowed
from shared.http import Context, clinicians, endpoint
from shared.scheduling.booking.asking_models import StatusChange
from shared.scheduling.booking.changing import set_status
from shared.scheduling.booking.models import AppointmentOut
from shared.scheduling.booking.showing import viewer_reads


@endpoint(
    "PUT /appointments/{appointmentId}",
    access=clinicians,
    trips=3,
    reads=viewer_reads,
    errors=[AppointmentClosed, StatusNotAllowed],
)
def set_appointment_status(ctx: Context, appointmentId: str, body: StatusChange) -> AppointmentOut:
    return set_status(ctx, appointmentId, body)
