"""Download the OpenAPI document of this API.

OpenAPI 3.1, made from the endpoints' declarations. 404 when SWAGGER_ENABLED is false.
"""

from shared import docs
from shared.errors import RouteNotFound
from shared.http import Binary, Cache, Context, endpoint, public


@endpoint(
    "GET /openapi.json",
    access=public,
    errors=[RouteNotFound],
    trips=0,
    cache=Cache(public=True, max_age=300, etag=True),
)
def get_openapi(ctx: Context) -> Binary:
    return docs.document(ctx.settings)
