"""Search for providers.

By specialty (or branch or subspecialty; what is below it included), place, insurance, language, words of the name, and
a date with a free slot; everything given must fit. Who takes new patients comes first, then who is free soonest. Send
`If-None-Match` with the ETag of the answer before to be spared the same one (304).
"""

from shared.http import Cache, Context, endpoint, signed_in
from shared.scheduling.provider_models import ProviderPage
from shared.scheduling.provider_search_models import ProviderSearch
from shared.scheduling.providers import find_providers


@endpoint(
    "POST /appointments/search-providers",
    "POST /providers/search",
    access=signed_in,
    trips=2,
    cache=Cache(public=True, max_age=300, etag=True),
    idempotent=False,
)
def search_providers(ctx: Context, body: ProviderSearch) -> ProviderPage:
    return find_providers(ctx, body)
