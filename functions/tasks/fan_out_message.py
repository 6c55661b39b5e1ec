"""Tell the next participants of a large chat of a message, and start the next such task.

Safe to repeat: how many have been told is written with telling them.
"""

from shared.chats.following import fan_out
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(access=workers, kind="task", queue="chats", trips=None)
def fan_out_message(ctx: Context, body: JobRef) -> None:
    fan_out(ctx, body.id)
