"""Erase what was made of a call from which somebody has withdrawn.

Recordings, transcripts and unsigned drafts; never signed notes. Safe to repeat.
"""

from shared.calls.erasing import erase
from shared.errors import CallsUnavailable, StorageUnavailable
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="maintenance",
    errors=[CallsUnavailable, StorageUnavailable],
    trips=None,
    uses=["video", "storage"],
    secrets=["HUNDRED_MS_API_SECRET"],
)
def erase_call_material(ctx: Context, body: JobRef) -> None:
    erase(ctx, body.id)
