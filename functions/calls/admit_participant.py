"""Let somebody in who waits.

For clinicians who take part. The one let in hears `call:admitted` and joins again.
"""

from shared.calls.joining import admit
from shared.calls.models import Admission, CallOut
from shared.errors import CallOver, NotCallHost
from shared.http import Context, endpoint, signed_in


@endpoint("POST /calls/{callId}/admit", access=signed_in, errors=[CallOver, NotCallHost], trips=3)
def admit_participant(ctx: Context, callId: str, body: Admission) -> CallOut:
    return admit(ctx, callId, body.user_id)
