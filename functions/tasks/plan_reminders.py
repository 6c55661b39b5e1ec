"""Plan the reminders of an appointment.

Started when one is made or changes. Makes the reminders what the appointment asks for now; safe to repeat.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scheduling.booking import reminders


@endpoint(access=workers, kind="task", queue="notifications", trips=3)
def plan_reminders(ctx: Context, body: JobRef) -> None:
    reminders.plan(ctx, body.id)
