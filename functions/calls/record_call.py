"""Start or stop recording a call.

For clinicians who take part, and only while everybody who has been on the call agrees (422 CONSENT_REQUIRED). The
recording can be had at `recordingUrl`, with a token, once it has arrived; its links live 15 minutes. 409 CALL_BY_MEET
for a visit by Google Meet.
"""

from shared.calls.recording import record
from shared.calls.recording_models import RecordCall, RecordingOut
from shared.errors import AlreadyDone, CallByMeet, CallOver, ConsentRequired, NotCallHost
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /calls/{callId}/record",
    "POST /meetings/{callId}/recording",
    access=signed_in,
    errors=[AlreadyDone, CallByMeet, CallOver, ConsentRequired, NotCallHost],
    trips=3,
)
def record_call(ctx: Context, callId: str, body: RecordCall) -> RecordingOut:
    return record(ctx, callId, body)
