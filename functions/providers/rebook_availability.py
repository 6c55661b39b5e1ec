"""Move appointments that a change of hours has left outside.

By the provider or an administrator: all that are named, or none (409 SLOT_NOT_AVAILABLE), each to the date and time
given with it, else to the next free slot, at its own time of day where that is free. Everybody is told as of any
move; an appointment that is less than 2 hours away is moved all the same. 422 for one that is over or cancelled.
"""

from shared.errors import AppointmentClosed, NotYourSchedule, ProviderNotFound, SlotNotAvailable
from shared.http import Context, doctors, endpoint
from shared.scheduling.moving import named_in_body, rebook_outside
from shared.scheduling.rebooking_models import Rebooked, RebookIn
from shared.scheduling.rules import access_schedule


@endpoint(
    "POST /providers/{providerId}/availability/rebook",
    access=doctors,
    errors=[AppointmentClosed, NotYourSchedule, ProviderNotFound, SlotNotAvailable],
    trips=3,
    reads_by_input=named_in_body,
)
def rebook_availability(ctx: Context, providerId: str, body: RebookIn) -> Rebooked:
    return rebook_outside(ctx, access_schedule(ctx, providerId), body.appointments)
