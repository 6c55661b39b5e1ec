"""Tidy up behind a call: close its room, put it into the chat, check the visit out, have it transcribed.

Safe to repeat.
"""

from shared.calls.ending import tidy
from shared.errors import CallsUnavailable
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(
    access=workers,
    kind="task",
    queue="calls",
    errors=[CallsUnavailable],
    trips=None,
    uses=["video"],
    secrets=["HUNDRED_MS_API_SECRET"],
)
def finish_call(ctx: Context, body: JobRef) -> None:
    tidy(ctx, body.id)
