"""Join a call.

Answers a token of 100ms for the room, by role: clinicians are host, everybody else guest. In a call with a waiting room
patients and family wait (`waiting`, without a token) until a clinician admits them. Joining again gives a new token.
"""

from shared.calls.joining import join
from shared.calls.models import JoinedCall
from shared.errors import CallOver, ConsentRequired
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /calls/{callId}/join",
    access=signed_in,
    errors=[CallOver, ConsentRequired],
    uses=["video"],
    secrets=["HUNDRED_MS_API_SECRET"],
    trips=3,
)
def join_call(ctx: Context, callId: str) -> JoinedCall:
    return join(ctx, callId)
