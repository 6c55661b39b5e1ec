"""Bring the names on somebody's appointments up to date.

Started when a patient's or a provider's name changes, or what else appointments show of a provider. Goes through them
page by page, and has itself called again for what is left. Safe to repeat: what is right already is not written.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scheduling.booking.copies import rewrite


@endpoint(access=workers, kind="task", queue="maintenance", trips=None)
def rewrite_appointments(ctx: Context, body: JobRef) -> None:
    rewrite(ctx, body.id)
