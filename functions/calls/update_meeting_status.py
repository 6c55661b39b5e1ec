"""Begin, complete or cancel a meeting.

`in_progress`: the caller comes; `completed` and `cancelled` are for clinicians who take part, and end it for everybody.
"""

from shared.calls.meeting import set_status
from shared.calls.models import CallOut, MeetingStatus
from shared.errors import CallOver, ConsentRequired, NotCallHost
from shared.http import Context, endpoint, signed_in


@endpoint(
    "PUT /meetings/{callId}/status",
    access=signed_in,
    errors=[CallOver, ConsentRequired, NotCallHost],
    trips=3,
)
def update_meeting_status(ctx: Context, callId: str, body: MeetingStatus) -> CallOut:
    return set_status(ctx, callId, body)
