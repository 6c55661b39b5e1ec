"""Sign one device out.

Its tokens stop working at once. A session that is not one's own is answered 404. Source: seed 002, L27.
"""

from shared.auth import sessions
from shared.http import Context, endpoint, own_account


@endpoint("DELETE /auth/sessions/{sessionId}", access=own_account, trips=2, idempotent=False)
def revoke_session(ctx: Context, sessionId: str) -> None:
    sessions.revoke_own(ctx, sessionId)
