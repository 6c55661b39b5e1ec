"""Get an appointment as an iCalendar file.

The entry says "Appointment" and nothing more; its alarms are those of the reminders.
"""

from shared.errors import ScopeNotGranted
from shared.http import Binary, Context, endpoint, signed_in
from shared.scheduling.booking.feeds import alarm_reads, file_of


@endpoint(
    "GET /appointments/{appointmentId}/calendar.ics",
    access=signed_in,
    trips=3,
    reads=alarm_reads,
    errors=[ScopeNotGranted],
    uses=["calendar"],
)
def get_appointment_ics(ctx: Context, appointmentId: str) -> Binary:
    return file_of(ctx, appointmentId)
