"""List providers.

The same search as POST /appointments/search-providers, with what is searched for in the query.
"""

from shared.http import Cache, Context, endpoint, signed_in
from shared.scheduling.provider_models import ProviderPage
from shared.scheduling.provider_search_models import ProviderSearch
from shared.scheduling.providers import find_providers


@endpoint("GET /providers", access=signed_in, trips=2, cache=Cache(public=True, max_age=300, etag=True))
def list_providers(ctx: Context, query: ProviderSearch) -> ProviderPage:
    return find_providers(ctx, query)
