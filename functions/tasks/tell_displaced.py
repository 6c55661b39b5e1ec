"""Tell a patient that the time of an appointment is off.

Started when a provider is suddenly absent. Safe to repeat: the message has a key of its own.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scheduling.moving import tell_displaced as tell


@endpoint(access=workers, kind="task", queue="maintenance", trips=2)
def tell_displaced(ctx: Context, body: JobRef) -> None:
    tell(ctx, body.id)
