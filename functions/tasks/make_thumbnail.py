"""Make the small picture of an image that was found clean.

A JPEG of at most 320 × 320 pixels, turned upright, without metadata. Safe to repeat.
"""

from shared.errors import StorageUnavailable
from shared.files.scanning import make_thumbnail as make
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="scans",
    errors=[StorageUnavailable],
    trips=None,
    uses=["storage", "media"],
    memory="1024Mi",
    concurrency=2,
)
def make_thumbnail(ctx: Context, body: JobRef) -> None:
    make(ctx, body.id)
