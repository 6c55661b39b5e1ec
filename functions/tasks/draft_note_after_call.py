"""Prepare a note when a call is over, for clinicians who want that (`autoScribe`).

Asked for when the call's transcript is done; whether it is still wanted, and everybody still agrees, is checked here.
"""

from shared.http import Context
from shared.jobs import JobRef
from shared.scribe.running import run
from shared.scribe.workers import scribe_worker


@scribe_worker()
def draft_note_after_call(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
