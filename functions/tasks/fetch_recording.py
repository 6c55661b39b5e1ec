"""Bring a recording from 100ms into our own store.

Only from the vendor's own hosts, and not when somebody has withdrawn meanwhile. Safe to repeat.
"""

from shared.calls.recording import fetch
from shared.errors import CallsUnavailable, StorageUnavailable
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="transcripts",
    errors=[CallsUnavailable, StorageUnavailable],
    trips=None,
    uses=["video", "storage", "media"],
    secrets=["HUNDRED_MS_API_SECRET"],
    timeout=1800,
    memory="4096Mi",
    concurrency=1,
)
def fetch_recording(ctx: Context, body: JobRef) -> None:
    fetch(ctx, body.id)
