"""Tidy up behind a call: close its room, put it into the chat, check the visit out, have it transcribed.

Safe to repeat.
"""

from shared.calls.ending import tidy
from shared.calls.workers import calls_worker
from shared.http import Context
from shared.jobs import JobRef


@calls_worker(queue="calls")
def finish_call(ctx: Context, body: JobRef) -> None:
    tidy(ctx, body.id)
