"""Cancel an appointment that was to be paid for and was not.

Started when its time to pay is up. One paid or confirmed in the meantime stays.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scheduling.booking import changing


@endpoint(access=workers, kind="task", queue="maintenance", trips=3)
def expire_appointment(ctx: Context, body: JobRef) -> None:
    changing.expire(ctx, body.id)
