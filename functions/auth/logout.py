"""Sign out: end this session.

Its tokens stop working at once, and its cookies are removed. Sources: seeds 000 §2.1, 001 HIPAA §3.
"""

from shared.auth import sessions
from shared.auth.models import Done
from shared.http import Context, endpoint, own_account


@endpoint("POST /auth/logout", access=own_account, trips=2, idempotent=False)
def logout(ctx: Context) -> Done:
    session = ctx.caller.session
    ctx.about("sessions", session.id)
    sessions.revoke(ctx, session, "LOGOUT")
    sessions.clear_cookies(ctx)
    return Done(message="You are signed out.")
