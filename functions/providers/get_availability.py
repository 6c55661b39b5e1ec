"""Get a provider's hours.

Weekly hours as wall times of `timeZone`; what is really free is GET /providers/{providerId}/available-slots.
"""

from shared.errors import ProviderNotFound
from shared.http import Context, endpoint, signed_in
from shared.scheduling.rule_models import AvailabilityOut
from shared.scheduling.rules import show_availability


@endpoint("GET /providers/{providerId}/availability", access=signed_in, errors=[ProviderNotFound], trips=1)
def get_availability(ctx: Context, providerId: str) -> AvailabilityOut:
    return show_availability(ctx, providerId)
