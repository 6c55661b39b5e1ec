"""Remind of an appointment.

Started at the time a reminder is due. Looks again whether the appointment is still at that time; safe to repeat.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.scheduling.booking import reminders


@endpoint(access=workers, kind="task", queue="notifications", trips=3)
def send_reminder(ctx: Context, body: JobRef) -> None:
    reminders.send(ctx, body.id)
