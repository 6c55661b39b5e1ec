"""Join the video visit of an appointment.

Opens its call if nobody has yet; patients wait until a clinician lets them in (`waiting`, without a token). For who is
part of it, from 15 minutes before it begins until an hour after its end (settings). 422 VISIT_NOT_OPEN otherwise.
"""

from shared.errors import CallsUnavailable, ConsentRequired, ScopeNotGranted, VisitNotOpen
from shared.http import Context, endpoint, signed_in
from shared.scheduling.visit_models import JoinOut
from shared.scheduling.visits import join


@endpoint(
    "POST /appointments/{appointmentId}/join",
    access=signed_in,
    trips=3,
    errors=[CallsUnavailable, ConsentRequired, ScopeNotGranted, VisitNotOpen],
    uses=["video"],
    secrets=["HUNDRED_MS_API_SECRET"],
)
def join_appointment(ctx: Context, appointmentId: str) -> JoinOut:
    return join(ctx, appointmentId)
