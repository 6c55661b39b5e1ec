"""Decline a call.

When everybody who was called has, it is over.
"""

from shared.calls.joining import decline
from shared.calls.models import CallOut
from shared.errors import CallOver
from shared.http import Context, endpoint, signed_in


@endpoint("POST /calls/{callId}/decline", access=signed_in, errors=[CallOver], trips=3)
def decline_call(ctx: Context, callId: str) -> CallOut:
    return decline(ctx, callId)
