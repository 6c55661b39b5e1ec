"""List the things (RESOLUTIONS: Paging).

Ordered by name.
"""

from pydantic import Field

from shared.http import Cache, Context, Out, endpoint, own_account
from shared.store.query import Page, Paging


class ThingRow(Out):
    """A thing in a list."""

    id: str
    colour: str | None = Field(None, examples=["green"])


class ThingQuery(Paging):
    """Which things."""

    colour: str | None = Field(None, description="Only of this colour.")


@endpoint("GET /things", "GET /stuff", access=own_account, cache=Cache(etag=True, max_age=60))
def list_things(ctx: Context, query: ThingQuery) -> Page[ThingRow]:
    raise NotImplementedError
