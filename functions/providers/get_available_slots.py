"""Get a provider's free slots of a day.

Exact: hours, exceptions, bookings, holds of others, buffers and notice as they are now. `slots` and `time` are wall
times of the provider's zone, which is what booking takes; `viewerTime` is the viewer's (`timeZone`, else that of their
preferences). A day that is over, or more than 6 months ahead, has none.
"""

from shared.errors import ProviderNotFound
from shared.http import Cache, Context, endpoint, signed_in
from shared.scheduling.rules import named_in_query, show_slots
from shared.scheduling.slot_models import SlotQuery, SlotsOut


@endpoint(
    "GET /providers/{providerId}/available-slots",
    access=signed_in,
    errors=[ProviderNotFound],
    trips=1,
    cache=Cache(max_age=60),
    reads_by_input=named_in_query,
)
def get_available_slots(ctx: Context, providerId: str, query: SlotQuery) -> SlotsOut:
    return show_slots(ctx, providerId, query)
