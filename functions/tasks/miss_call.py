"""End the ringing of a call nobody answered.

Asked for when the call begins, for when CALL_RING_SECONDS are over; looks again whether it was answered.
"""

from shared.calls.ending import ring_out
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(access=workers, kind="task", queue="calls", trips=None)
def miss_call(ctx: Context, body: JobRef) -> None:
    ring_out(ctx, body.id)
