"""Make a meeting.

People come to it by themselves (`POST /calls/{callId}/join`); patients and family wait until a clinician admits them.
Of an appointment (`appointmentId`) it is the visit's own call.
"""

from shared.calls.models import CallOut
from shared.calls.starting import create_meeting as make
from shared.calls.starting import named
from shared.calls.starting_models import NewMeeting
from shared.errors import CallsUnavailable, MayNotContact, NotFound, ScopeNotGranted, VisitNotOpen
from shared.http import Context, clinicians, endpoint


@endpoint(
    "POST /meetings/create",
    access=clinicians,
    status=201,
    trips=3,
    errors=[CallsUnavailable, MayNotContact, NotFound, ScopeNotGranted, VisitNotOpen],
    reads_by_input=named,
    uses=["video"],
    secrets=["HUNDRED_MS_API_SECRET"],
)
def create_meeting(ctx: Context, body: NewMeeting) -> CallOut:
    return make(ctx, body)
