"""Offer a slot that came free along the waitlist.

Started when it comes free, when an offer ends, and when one is taken or left; safe to repeat.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scheduling.booking import waitlist


@endpoint(access=workers, kind="task", queue="notifications", trips=None)
def offer_freed_slot(ctx: Context, body: JobRef) -> None:
    waitlist.offer(ctx, body.id)
