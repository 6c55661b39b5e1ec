"""Get a provider.

Profile, services with prices in cents and durations in minutes, and locations. 404 PROVIDER_NOT_FOUND for whoever does
not practise here: not a doctor, credentials not verified, account closed.
"""

from shared.errors import ProviderNotFound
from shared.http import Cache, Context, endpoint, signed_in
from shared.scheduling.provider_models import ProviderDetail
from shared.scheduling.providers import show_provider


@endpoint(
    "GET /providers/{providerId}",
    access=signed_in,
    errors=[ProviderNotFound],
    trips=1,
    cache=Cache(public=True, max_age=300, etag=True),
)
def get_provider(ctx: Context, providerId: str) -> ProviderDetail:
    return show_provider(ctx, providerId)
