"""Keep a slot while booking.

For five minutes (a setting), for the caller only; everybody else sees it as taken. One per user and provider: another
takes the place of the one before, the same again is kept for longer. Booking may carry `holdId`.
"""

from shared.errors import ProviderNotFound, SlotNotAvailable
from shared.http import HOLDS, Context, endpoint, patient_admins
from shared.scheduling.booking.hold_models import HoldOut, NewHold
from shared.scheduling.booking.making import hold, named


@endpoint(
    "POST /providers/{providerId}/holds",
    access=patient_admins,
    status=201,
    trips=3,
    limit=HOLDS,
    reads_by_input=named,
    errors=[ProviderNotFound, SlotNotAvailable],
)
def hold_slot(ctx: Context, providerId: str, body: NewHold) -> HoldOut:
    return hold(ctx, providerId, body)
