"""Dispatch outbox documents that no wake-up reached.

A process can end between its commit and the wake-up, or the queue may not answer; this finds the documents that are
still pending after a minute.
"""

from shared.http import Context, endpoint, scheduler
from shared.outbox import sweep


@endpoint(access=scheduler, kind="schedule", schedule="* * * * *", trips=2)
def sweep_outbox(ctx: Context) -> None:
    sweep(ctx)
