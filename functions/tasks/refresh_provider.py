"""Bring a provider's directory entry up to date.

Started, once for all changes of a few seconds, when account, profile, hours, exceptions or bookings change, and once a
day. Works out which of the next 30 days have a free slot. Safe to repeat.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scheduling.directory import refresh


@endpoint(access=workers, kind="task", queue="maintenance", trips=2)
def refresh_provider(ctx: Context, body: JobRef) -> None:
    refresh(ctx, body.id)
