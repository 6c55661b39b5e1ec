"""Show what cancelling an appointment now would cost.

Fee and refund by the policy the appointment was booked under, and its tiers.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.cancelling_models import PreviewOut
from shared.scheduling.booking.changing import preview


@endpoint(
    "GET /appointments/{appointmentId}/cancellation-preview",
    access=signed_in,
    trips=3,
    errors=[ScopeNotGranted],
)
def preview_cancellation(ctx: Context, appointmentId: str) -> PreviewOut:
    return preview(ctx, appointmentId)
