"""Make the notifications that a commit asked for.

One per user, in the app, as a realtime event, and by e-mail where the user wants that. Safe to repeat.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.users import notifications


@endpoint(access=workers, kind="task", queue="notifications", trips=None)
def deliver_notification(ctx: Context, body: JobRef) -> None:
    notifications.deliver(ctx, body.id)
