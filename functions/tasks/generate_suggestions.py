"""Make suggestions for a section of a note.

Safe to repeat: ids of what it writes follow from the request's.
"""

from shared.http import Context
from shared.jobs import JobRef
from shared.scribe.running import run
from shared.scribe.workers import scribe_worker


@scribe_worker()
def generate_suggestions(ctx: Context, body: JobRef) -> None:
    run(ctx, body.id)
