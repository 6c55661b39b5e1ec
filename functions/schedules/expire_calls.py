"""Erase calls whose retention is over, but for those about patients, or of chats, under a legal hold.

Seven years after they were made (CALL_RETENTION_YEARS), with the logs of them and their transcripts. A tombstone stays.
Runs daily. Recordings are files, and go by their schedule.
"""

from shared.calls.retention import expire
from shared.http import Context, endpoint, scheduler


@endpoint(access=scheduler, kind="schedule", schedule="40 3 * * *", timeout=900, concurrency=1, trips=None)
def expire_calls(ctx: Context) -> None:
    expire(ctx)
