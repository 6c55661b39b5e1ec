"""Generate a clinical note from a chat or a call.

From `chatId`, a chat about a patient, or `callId`, a call that was transcribed with everybody's consent to scribing.
Each sentence cites the messages or the seconds of the recording it rests on, and is compared with them; what does not
fit is kept out of the note and comes back among `suggestions` with its `flags`. The note is an unsigned draft of the
caller's. Answers 200 when it is ready within AI_WAIT_SECONDS, else 202 {jobId, status}; `Prefer: respond-async` does
not wait.
"""

from shared.errors import (
    AiAnswerUnusable,
    AiRefused,
    AiUnavailable,
    ConsentRequired,
    NoPatient,
    NotEnoughContent,
    NotFound,
    TranscriptMissing,
)
from shared.http import Context, clinicians, endpoint
from shared.scribe import requests
from shared.scribe.models import GenerateNote, NoteGenerated


@endpoint(
    "POST /scribe/generate-note",
    access=clinicians,
    reads=requests.reads,
    trips=4,
    awaits_job=True,
    errors=[
        NotFound, NoPatient, NotEnoughContent, TranscriptMissing, ConsentRequired,
        AiUnavailable, AiRefused, AiAnswerUnusable,
    ],
)  # fmt: skip
def request_note(ctx: Context, body: GenerateNote) -> NoteGenerated:
    return requests.generate_note(ctx, body)  # type: ignore[no-any-return]
