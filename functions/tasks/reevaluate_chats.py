"""Take a user out of the chats of patients they have no access to any more.

Safe to repeat. Their access ended with the commit that took the relationship away; this tidies up after it.
"""

from shared.chats.following import reevaluate
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef


@endpoint(access=workers, kind="task", queue="chats", trips=None)
def reevaluate_chats(ctx: Context, body: JobRef) -> None:
    reevaluate(ctx, body.id)
