"""List the devices one is signed in on, newest first.

Source: seed 002, L26.
"""

from shared.auth import sessions
from shared.auth.session_models import SessionOut
from shared.http import Context, endpoint, own_account
from shared.store.query import Page, Paging


@endpoint("GET /auth/sessions", access=own_account, trips=2)
def list_sessions(ctx: Context, query: Paging) -> Page[SessionOut]:
    page = sessions.page_of(ctx, query)
    return page.map([SessionOut.of(session, ctx.caller.session.id) for session in page.data])
