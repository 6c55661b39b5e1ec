"""Create the tasks of what has come within Cloud Tasks' horizon.

Outbox documents more than 25 days ahead wait as `deferred`; this runs daily, five days before the limit of 30.
"""

from shared.http import Context, endpoint, scheduler
from shared.outbox import enqueue_due as enqueue


@endpoint(access=scheduler, kind="schedule", schedule="15 2 * * *", timeout=300, trips=2)
def enqueue_due(ctx: Context) -> None:
    enqueue(ctx)
