"""Let somebody in who waits.

For clinicians who take part. The one let in hears `call:admitted` and joins again. 409 CALL_BY_MEET for a visit by
Google Meet, where people are let in there.
"""

from shared.calls.joining import admit
from shared.calls.models import Admission, CallOut
from shared.errors import CallByMeet, CallOver, NotCallHost
from shared.http import Context, endpoint, signed_in


@endpoint("POST /calls/{callId}/admit", access=signed_in, errors=[CallByMeet, CallOver, NotCallHost], trips=3)
def admit_participant(ctx: Context, callId: str, body: Admission) -> CallOut:
    return admit(ctx, callId, body.user_id)
