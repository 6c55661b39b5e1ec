"""Wait for a slot of a provider that comes free.

Between two dates, if wanted between two times of the day. What comes free is offered in the order of joining, and kept
for a while for who it is offered to, who takes it by booking it.
"""

from shared.errors import ProviderNotFound
from shared.http import Context, endpoint, patient_admins
from shared.scheduling.booking.waitlist import join
from shared.scheduling.booking.waitlist_models import NewWaitlistEntry, WaitlistOut


@endpoint(
    "POST /providers/{providerId}/waitlist",
    access=patient_admins,
    status=201,
    trips=3,
    errors=[ProviderNotFound],
)
def join_waitlist(ctx: Context, providerId: str, body: NewWaitlistEntry) -> WaitlistOut:
    return join(ctx, providerId, body)
