"""Write a note that a clinician asked for.

Gathered, generated, checked, and written in one commit or not at all. Safe to repeat: ids of what it writes follow from
the request's. While the model does not answer it is given back to the queue, a few times.
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
def generate_note(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
