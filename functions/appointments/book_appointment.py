"""Book an appointment.

Patients book for themselves, staff for a patient they can open (`patientId`). `date` and `time` are the provider's wall
clock; `type` is one of eight, or a service the provider offers, which then decides about duration, buffers, price and
preparation. On POST /appointments `type` and `reason` are required. Exactly one of those who want a slot gets it; the
others are answered 409 SLOT_NOT_AVAILABLE. A prepaid service starts as `pending` and is cancelled at `expiresAt` unless
it is paid or confirmed before.
"""

from shared.errors import (
    NotFound,
    ProviderNotAccepting,
    ProviderNotFound,
    RoleNotAllowed,
    SlotNotAvailable,
)
from shared.http import BOOKINGS, Context, endpoint, patient_admins
from shared.scheduling.booking.asking_models import NewAppointment
from shared.scheduling.booking.making import book, named
from shared.scheduling.booking.models import AppointmentOut
from shared.scheduling.booking.showing import viewer_reads


@endpoint(
    "POST /appointments",
    "POST /client/appointments",
    "POST /user/book-appointment",
    access=patient_admins,
    status=201,
    trips=3,
    limit=BOOKINGS,
    reads=viewer_reads,
    reads_by_input=named,
    errors=[NotFound, ProviderNotAccepting, ProviderNotFound, RoleNotAllowed, SlotNotAvailable],
)
def book_appointment(ctx: Context, body: NewAppointment) -> AppointmentOut:
    return book(ctx, body)
