"""List the provider's appointments (seeds 001 and 002).

Those the caller is part of as staff, as a bare array paged by the X- headers; by `date`, `startDate`, `endDate` (the
provider's calendar) and `status`, `upcoming` among them.
"""

from shared.http import Bare, Context, endpoint, providers
from shared.scheduling.booking.list_models import OwnList
from shared.scheduling.booking.listing import own
from shared.scheduling.booking.models import AppointmentRow
from shared.scheduling.booking.showing import viewer_reads


@endpoint(
    "GET /provider/appointments",
    "GET /doctor/appointments",
    access=providers,
    trips=3,
    reads=viewer_reads,
)
def list_provider_appointments(ctx: Context, query: OwnList) -> Bare[AppointmentRow]:
    return own(ctx, query, as_patient=False)
