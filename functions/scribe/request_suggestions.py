"""Suggest additions to a section of a note.

From the chat or the transcribed call the note is about, the note itself, and `context`. Up to five, each citing what it
rests on; those that do not fit it carry `flags`. They stay with the note until the clinician accepts, edits or rejects
them. Answers 200 when they are ready within AI_WAIT_SECONDS, else 202 {jobId, status}; `Prefer: respond-async` does not
wait.
"""

from shared.errors import (
    AiAnswerUnusable,
    AiRefused,
    AiUnavailable,
    ConsentRequired,
    NotEnoughContent,
    NoteSigned,
    NotFound,
)
from shared.http import Context, clinicians, endpoint
from shared.scribe import requests
from shared.scribe.models import GenerateSuggestions, SuggestionsOut


@endpoint(
    "POST /scribe/generate-suggestions",
    "POST /scribe/suggestions",
    access=clinicians,
    reads_by_input=requests.named,
    trips=3,
    awaits_job=True,
    errors=[NotFound, NoteSigned, NotEnoughContent, ConsentRequired, AiUnavailable, AiRefused, AiAnswerUnusable],
)
def request_suggestions(ctx: Context, body: GenerateSuggestions) -> SuggestionsOut:
    return requests.generate_suggestions(ctx, body)  # type: ignore[no-any-return]
