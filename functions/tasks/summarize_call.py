"""Summarise a call for a clinician who asked.

The summary is kept with the request, and with the call's transcript where it was made from that.
"""

from shared.http import Context
from shared.jobs import JobRef
from shared.scribe.running import run
from shared.scribe.workers import scribe_worker


@scribe_worker()
def summarize_call(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
