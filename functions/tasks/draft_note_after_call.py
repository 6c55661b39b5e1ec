"""Prepare a note when a call is over, for clinicians who want that (`autoScribe`).

Asked for when the call's transcript is done; whether it is still wanted, and everybody still agrees, is checked here.
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
def draft_note_after_call(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
