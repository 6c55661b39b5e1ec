"""Write a note that a clinician asked for.

Gathered, generated, checked, and written in one commit or not at all. Safe to repeat: ids of what it writes follow from
the request's. While the model does not answer it is given back to the queue, a few times.
"""

from shared.http import Context
from shared.jobs import JobRef
from shared.scribe.running import run
from shared.scribe.workers import scribe_worker


@scribe_worker()
def generate_note(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
