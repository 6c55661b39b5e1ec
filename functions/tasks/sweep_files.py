"""Erase what is left over of files and what has been kept long enough.

Started daily by `expire_files`. Safe to repeat, and to break off: it commits piece by piece.
"""

from shared.errors import StorageUnavailable
from shared.files.sweeping import sweep
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="maintenance",
    errors=[StorageUnavailable],
    trips=None,
    uses=["storage"],
    timeout=1800,
    concurrency=1,
)
def sweep_files(ctx: Context, body: JobRef) -> None:
    sweep(ctx)
