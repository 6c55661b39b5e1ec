"""Get a call.

For those who take part, clinicians with a relationship to the patient it is about, and administrators. `status` is the
state in the words of meetings.
"""

from shared.calls.joining import show
from shared.calls.models import CallOut
from shared.http import Context, endpoint, signed_in


@endpoint("GET /calls/{callId}", "GET /meetings/{callId}", access=signed_in, trips=3)
def get_call(ctx: Context, callId: str) -> CallOut:
    return show(ctx, callId)
