"""Download a file of the documentation page.

The names are a closed list: anything else is 404, as is everything when SWAGGER_ENABLED is false.
"""

from typing import Annotated

from pydantic import Field

from shared import docs
from shared.errors import RouteNotFound
from shared.http import Binary, Cache, Context, endpoint, public


@endpoint(
    "GET /docs/{asset}",
    access=public,
    errors=[RouteNotFound],
    trips=0,
    cache=Cache(public=True, max_age=86_400, etag=True),
)
def get_docs_asset(ctx: Context, asset: Annotated[str, Field(examples=["swagger-ui.css"])]) -> Binary:
    return docs.asset(ctx.settings, asset)
