"""Get a provider's picture.

For anybody signed in: patients choose a provider before they have one. It is the picture of POST /users/me/avatar;
404 while there is none, or none that the scan has found clean.
"""

from shared.errors import ProviderNotFound, StorageUnavailable
from shared.http import Binary, Cache, Context, endpoint, signed_in
from shared.scheduling.providers import photo


@endpoint(
    "GET /providers/{providerId}/photo",
    access=signed_in,
    errors=[ProviderNotFound, StorageUnavailable],
    cache=Cache(max_age=300, etag=True),
    trips=2,
    uses=["storage"],
)
def get_provider_photo(ctx: Context, providerId: str) -> Binary:
    return photo(ctx, providerId)
