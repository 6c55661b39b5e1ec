"""Get a user's picture.

For whoever may see the user; 404 while there is none, or none that the scan has found clean. Source: seed 002, L14.
"""

from shared.errors import StorageUnavailable
from shared.http import Binary, Cache, Context, endpoint, signed_in
from shared.users.avatars import avatar


@endpoint(
    "GET /users/{userId}/avatar",
    access=signed_in,
    errors=[StorageUnavailable],
    cache=Cache(max_age=300, etag=True),
    trips=2,
    uses=["storage"],
)
def get_avatar(ctx: Context, userId: str) -> Binary:
    return avatar(ctx, userId)
