"""Answer a call.

Answers what the caller needs to be on it. 422 CONSENT_REQUIRED while it is being recorded and they have not agreed to
that; 409 CALL_OVER when it is over.
"""

from shared.calls.joining import join
from shared.calls.models import JoinedCall
from shared.errors import CallOver, ConsentRequired
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /calls/{callId}/answer",
    access=signed_in,
    errors=[CallOver, ConsentRequired],
    uses=["video"],
    secrets=["HUNDRED_MS_API_SECRET"],
    trips=3,
)
def answer_call(ctx: Context, callId: str) -> JoinedCall:
    return join(ctx, callId)
