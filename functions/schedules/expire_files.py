"""Start the daily sweep of files.

The sweep itself is a task: it needs the file store, which schedules have no access to, and may take long.
"""

from shared.files.sweeping import start
from shared.http import Context, endpoint, scheduler


@endpoint(access=scheduler, kind="schedule", schedule="40 3 * * *", trips=1)
def expire_files(ctx: Context) -> None:
    start(ctx)
