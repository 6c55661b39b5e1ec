"""End access whose time is up.

Started when a source with an end (family grant, visit, break-glass) was given. Reads the relationship again, so that
one renewed in the meantime stays.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.patients.relationships import refresh


@endpoint(access=workers, kind="task", queue="maintenance", trips=2)
def refresh_relationship(ctx: Context, body: JobRef) -> None:
    refresh(ctx, body.id)
