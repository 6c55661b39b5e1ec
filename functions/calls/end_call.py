"""End a call.

A clinician ends it for everybody, and so does either of two; who is one of more only leaves. The length counts from
answer to end, by the server; what the app says (`duration`) is kept as `reportedDuration`. Ended already, it is
answered the same.
"""

from shared.calls.ending_models import EndCall, EndedCall
from shared.calls.leaving import end
from shared.http import Context, endpoint, signed_in


@endpoint("POST /calls/{callId}/end", access=signed_in, trips=3)
def end_call(ctx: Context, callId: str, body: EndCall | None) -> EndedCall:
    return end(ctx, callId, body)
