"""Summarise a call.

From `callId`, a call that was transcribed with everybody's consent to scribing, or from `transcription`, one line for
each turn (`Patient: …`). Each sentence cites what it rests on; what does not fit it is left out of the summary and
listed in `withheld`. Answers 200 when it is ready within AI_WAIT_SECONDS, else 202 {jobId, status};
`Prefer: respond-async` does not wait.
"""

from shared.errors import (
    AiAnswerUnusable,
    AiRefused,
    AiUnavailable,
    ConsentRequired,
    NotEnoughContent,
    NotFound,
    TranscriptMissing,
)
from shared.http import Context, clinicians, endpoint
from shared.scribe import requests
from shared.scribe.models import CallSummaryOut, SummarizeCall


@endpoint(
    "POST /scribe/summarize-call",
    access=clinicians,
    reads_by_input=requests.named,
    trips=3,
    awaits_job=True,
    errors=[
        NotFound, NotEnoughContent, TranscriptMissing, ConsentRequired, AiUnavailable, AiRefused, AiAnswerUnusable,
    ],
)  # fmt: skip
def request_call_summary(ctx: Context, body: SummarizeCall) -> CallSummaryOut:
    return requests.summarize_call(ctx, body)  # type: ignore[no-any-return]
