"""List the patient's own appointments (seeds 001 and 002).

A bare array paged by the X- headers; by `status` (`upcoming` and `completed` among them), dates and provider.
"""

from shared.http import Bare, Context, endpoint, patients
from shared.scheduling.booking.list_models import OwnList
from shared.scheduling.booking.listing import own
from shared.scheduling.booking.models import AppointmentRow
from shared.scheduling.booking.showing import viewer_reads


@endpoint(
    "GET /client/appointments",
    "GET /user/my-appointments",
    access=patients,
    trips=3,
    reads=viewer_reads,
)
def list_client_appointments(ctx: Context, query: OwnList) -> Bare[AppointmentRow]:
    return own(ctx, query, as_patient=True)
