"""Transcribe a voice message, and summarise it if it is long.

Waits for the scan of the recording. Safe to repeat: a job is done by one worker at a time, and a long recording goes on
where the attempt before broke off.
"""

from shared.chats.voice import work
from shared.errors import AiUnavailable, FileNotScanned, StorageUnavailable, WorkInProgress
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="transcripts",
    errors=[AiUnavailable, FileNotScanned, StorageUnavailable, WorkInProgress],
    trips=None,
    uses=["storage", "media", "genai"],
    timeout=540,
    memory="1024Mi",
    concurrency=4,
)
def transcribe_message(ctx: Context, body: JobRef) -> None:
    work(ctx, body.id)
