"""Have 100ms start or stop recording, as is wanted now.

Consent is asked for again right before and right after. Safe to repeat.
"""

from shared.calls.recording import drive
from shared.errors import CallsUnavailable
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="calls",
    errors=[CallsUnavailable],
    trips=None,
    uses=["video"],
    secrets=["HUNDRED_MS_API_SECRET"],
)
def drive_recording(ctx: Context, body: JobRef) -> None:
    drive(ctx, body.id)
