"""Make suggestions for a section of a note.

Safe to repeat: ids of what it writes follow from the request's.
"""

from shared.errors import AiUnavailable, WorkInProgress
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scribe.running import run


@endpoint(
    access=workers,
    kind="task",
    queue="scribe",
    errors=[AiUnavailable, WorkInProgress],
    trips=None,
    uses=["genai"],
    timeout=900,
    memory="1024Mi",
)
def generate_suggestions(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
