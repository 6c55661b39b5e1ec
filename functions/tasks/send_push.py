"""Send a notification to its user's devices through FCM.

Three tries for devices FCM had no answer for; one that FCM calls unregistered is forgotten. Safe to repeat: the
notification's id is the collapse key, so a second copy takes the place of the first.
"""

from shared.errors import PushUnavailable
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.notifications import push


@endpoint(access=workers, kind="task", queue="notifications", errors=[PushUnavailable], trips=None, uses=["fcm"])
def send_push(ctx: Context, body: JobRef) -> None:
    push.deliver(ctx, body.id)
