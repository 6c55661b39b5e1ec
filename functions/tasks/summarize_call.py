"""Summarise a call for a clinician who asked.

The summary is kept with the request, and with the call's transcript where it was made from that.
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
def summarize_call(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
