"""List legal holds in force, or released ones, the latest first."""

from shared.http import Context, admins, endpoint
from shared.retention import HoldList, LegalHoldOut, holds
from shared.store.query import Page


@endpoint("GET /admin/legal-holds", access=admins)
def list_legal_holds(ctx: Context, query: HoldList) -> Page[LegalHoldOut]:
    return holds(ctx, query)
