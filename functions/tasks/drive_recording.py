"""Have 100ms start or stop recording, as is wanted now.

Consent is asked for again right before and right after. Safe to repeat.
"""

from shared.calls.recording import drive
from shared.calls.workers import calls_worker
from shared.http import Context
from shared.jobs import JobRef


@calls_worker(queue="calls")
def drive_recording(ctx: Context, body: JobRef) -> None:
    drive(ctx, body.id)
