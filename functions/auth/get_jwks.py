"""Publish the keys that access tokens are verified with.

A JWK set (RFC 7517). Cached for five minutes: a new key is published before it signs. Source: RESOLUTIONS, Tokens.
"""

from shared.auth.keys import published
from shared.auth.session_models import Keys
from shared.http import Cache, Context, endpoint, public


@endpoint("GET /.well-known/jwks.json", access=public, trips=0, cache=Cache(public=True, max_age=300, etag=True))
def get_jwks(ctx: Context) -> Keys:
    return Keys(keys=published())
