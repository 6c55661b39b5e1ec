"""Get an appointment.

With the provider, the address to join a video visit at, and links that put it into a calendar. Seen by the patient, the
staff who are part of it, clinicians of the patient, and family with the scope `appointments`.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.models import AppointmentOut
from shared.scheduling.booking.showing import one, viewer_reads


@endpoint(
    "GET /appointments/{appointmentId}",
    access=signed_in,
    trips=3,
    reads=viewer_reads,
    errors=[ScopeNotGranted],
)
def get_appointment(ctx: Context, appointmentId: str) -> AppointmentOut:
    return one(ctx, appointmentId)
