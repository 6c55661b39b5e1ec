"""List appointments.

Patients see their own, staff those they are part of, administrators all; with `patientId` staff see those of a patient
they can open. By status, by the provider (patients), by dates of the provider's calendar, both included. Soonest first
with `status=upcoming` or `startDate`, else latest first.
"""

from shared.errors import NotFound, ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.list_models import AppointmentList
from shared.scheduling.booking.listing import appointments, patient_of_list
from shared.scheduling.booking.models import AppointmentRow
from shared.scheduling.booking.showing import viewer_reads
from shared.store.query import Page


@endpoint(
    "GET /appointments",
    access=signed_in,
    trips=3,
    reads=viewer_reads,
    reads_by_input=patient_of_list,
    errors=[NotFound, ScopeNotGranted],
)
def list_appointments(ctx: Context, query: AppointmentList) -> Page[AppointmentRow]:
    return appointments(ctx, query)
