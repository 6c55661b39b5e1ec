"""Transcribe a call, piece by piece.

Safe to repeat: one worker at a time, and the next one goes on behind the last piece that is done.
"""

from shared.calls.transcribing import work
from shared.errors import AiUnavailable, StorageUnavailable, WorkInProgress
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="transcripts",
    errors=[AiUnavailable, WorkInProgress, StorageUnavailable],
    trips=None,
    uses=["genai", "storage", "media"],
    timeout=1800,
    memory="4096Mi",
    concurrency=1,
)
def transcribe_call(ctx: Context, body: JobRef) -> None:
    work(ctx, body.id)
