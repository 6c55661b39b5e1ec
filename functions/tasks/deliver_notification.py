"""Make the notifications that a commit asked for.

One per user, in the app and as a realtime event, and by push, e-mail and SMS as each user wants it. Safe to repeat.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.notifications import delivery


@endpoint(access=workers, kind="task", queue="notifications", trips=None)
def deliver_notification(ctx: Context, body: JobRef) -> None:
    delivery.deliver(ctx, body.id)
