"""Move appointments out of an exception.

By the provider or an administrator: all that are named, or none (409 SLOT_NOT_AVAILABLE), each to the date and time
given with it, else to the next free slot, at its own time of day where that is free. Everybody is told as of any
move; an appointment that is less than 2 hours away is moved all the same. 422 for one that is over or cancelled.
"""

from shared.errors import AppointmentClosed, NotYourSchedule, ProviderNotFound, SlotNotAvailable
from shared.http import Context, doctors, endpoint
from shared.scheduling.moving import named_in_body, rebook
from shared.scheduling.rebooking_models import Rebooked, RebookIn
from shared.scheduling.rules import access_schedule


@endpoint(
    "POST /providers/{providerId}/exceptions/{exceptionId}/rebook",
    access=doctors,
    errors=[AppointmentClosed, NotYourSchedule, ProviderNotFound, SlotNotAvailable],
    trips=3,
    reads_by_input=named_in_body,
)
def rebook_exception(ctx: Context, providerId: str, exceptionId: str, body: RebookIn) -> Rebooked:
    return rebook(ctx, access_schedule(ctx, providerId), exceptionId, body.appointments)
