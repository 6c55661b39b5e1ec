"""Cancel an appointment, without having to say why.

The record stays, as cancelled. A reason may be given; POST …/cancel takes more.
"""

from shared.errors import AppointmentClosed, ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.cancelling_models import Cancellation, CancelledOut, OptionalCancellation
from shared.scheduling.booking.changing import cancel


@endpoint(
    "DELETE /appointments/{appointmentId}",
    access=signed_in,
    trips=3,
    errors=[AppointmentClosed, ScopeNotGranted],
)
def delete_appointment(ctx: Context, appointmentId: str, body: OptionalCancellation | None) -> CancelledOut:
    reason = body.reason if body else None
    return cancel(ctx, appointmentId, Cancellation(reason=reason) if reason else None)
