"""Read a call's transcript, as far as there is one.

With speakers and times, which the citations of notes name. While a long recording is being transcribed (`partial`),
what is done of it. For clinicians who may open the call, while everybody on it agrees to its being recorded and
scribed.
"""

from shared.calls.transcribing import read
from shared.calls.transcript_models import TranscriptOut
from shared.errors import ConsentRequired, TranscriptMissing
from shared.http import Context, clinicians, endpoint


@endpoint(
    "GET /calls/{callId}/transcript",
    access=clinicians,
    errors=[ConsentRequired, TranscriptMissing],
    trips=3,
)
def get_call_transcript(ctx: Context, callId: str) -> TranscriptOut:
    return read(ctx, callId)
