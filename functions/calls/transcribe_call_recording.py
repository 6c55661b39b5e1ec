"""Transcribe a call.

Once: the text if there is one, else it is made. Waits for it up to AI_WAIT_SECONDS; 202 with the job when it takes
longer, or with `Prefer: respond-async`. For clinicians, of a call that was recorded and that everybody agreed to have
scribed.
"""

from shared.calls.transcribing import transcribe
from shared.calls.transcript_models import CallTranscript
from shared.errors import (
    AiAnswerUnusable,
    AiRefused,
    AiUnavailable,
    AudioUnreadable,
    CallByMeet,
    ConsentRequired,
    NotCallHost,
    RecordingMissing,
)
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /calls/{callId}/transcribe",
    access=signed_in,
    errors=[
        AiAnswerUnusable,
        AiRefused,
        AiUnavailable,
        AudioUnreadable,
        CallByMeet,
        ConsentRequired,
        NotCallHost,
        RecordingMissing,
    ],
    awaits_job=True,
    trips=3,
)
def transcribe_call_recording(ctx: Context, callId: str) -> CallTranscript:
    return transcribe(ctx, callId)
