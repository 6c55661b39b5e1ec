"""Cancel an appointment.

`reason` is required. What it costs follows from the policy it was booked under (GET …/cancellation-preview); what the
practice cancels costs nothing. Staff may say on whose wish, and waive the fee with a reason.
"""

from shared.errors import AppointmentClosed, RoleNotAllowed, ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.cancelling_models import Cancellation, CancelledOut
from shared.scheduling.booking.changing import cancel


@endpoint(
    "DELETE /appointments/{appointmentId}/cancel",
    "POST /appointments/{appointmentId}/cancel",
    access=signed_in,
    trips=3,
    errors=[AppointmentClosed, RoleNotAllowed, ScopeNotGranted],
)
def cancel_appointment(ctx: Context, appointmentId: str, body: Cancellation) -> CancelledOut:
    return cancel(ctx, appointmentId, body)
