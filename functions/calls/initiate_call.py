"""Call somebody.

Voice or video, one person (`recipientId`) or several (`recipientIds`), of those the caller may write to. Their apps
ring, by push and by the event `call:initiated`; not answered within CALL_RING_SECONDS (45), the call is missed. A call
with a patient is about that patient. Answers the room and a token of 100ms to join it with. `roomName` is taken and not
used: rooms have opaque names.
"""

from shared.calls.models import JoinedCall
from shared.calls.starting import initiate, named
from shared.calls.starting_models import NewCall
from shared.errors import CallsUnavailable, MayNotContact, NotFound
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /calls/initiate",
    access=signed_in,
    status=201,
    trips=3,
    errors=[CallsUnavailable, MayNotContact, NotFound],
    reads_by_input=named,
    uses=["video"],
    secrets=["HUNDRED_MS_API_SECRET"],
)
def initiate_call(ctx: Context, body: NewCall) -> JoinedCall:
    return initiate(ctx, body)
