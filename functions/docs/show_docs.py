"""Show the API documentation.

A page with every endpoint, its input, answers and errors, where requests can be tried (Swagger UI). Loads nothing from
elsewhere. 404 when SWAGGER_ENABLED is false.
"""

from shared import docs
from shared.errors import RouteNotFound
from shared.http import Binary, Cache, Context, endpoint, public


@endpoint(
    "GET /docs",
    access=public,
    errors=[RouteNotFound],
    trips=0,
    cache=Cache(public=True, max_age=300, etag=True),
)
def show_docs(ctx: Context) -> Binary:
    return docs.page(ctx.settings)
