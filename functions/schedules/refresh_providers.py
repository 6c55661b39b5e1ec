"""Have providers' directory entries brought up to date as days pass.

Every hour, those that nothing has changed for 20 hours, at most 400 a run: each comes round once a day.
"""

from shared.http import Context, endpoint, scheduler
from shared.scheduling.directory import refresh_stale


@endpoint(access=scheduler, kind="schedule", schedule="10 * * * *", trips=2)
def refresh_providers(ctx: Context) -> None:
    refresh_stale(ctx)
