"""Bring a recording from 100ms into our own store.

Only from the vendor's own hosts, and not when somebody has withdrawn meanwhile. Safe to repeat.
"""

from shared.calls.recording import fetch
from shared.calls.workers import calls_worker
from shared.errors import StorageUnavailable
from shared.http import Context
from shared.jobs import JobRef


@calls_worker(
    "storage",
    "media",
    queue="transcripts",
    errors=[StorageUnavailable],
    timeout=1800,
    memory="4096Mi",
    concurrency=1,
)
def fetch_recording(ctx: Context, body: JobRef) -> None:
    fetch(ctx, body.id)
