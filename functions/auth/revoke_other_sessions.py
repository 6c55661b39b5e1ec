"""Sign every other device out.

This session stays. Source: seed 002, L27.
"""

from shared.auth import sessions
from shared.http import Context, endpoint, own_account


@endpoint("DELETE /auth/sessions", access=own_account, trips=3, idempotent=False)
def revoke_other_sessions(ctx: Context) -> None:
    sessions.revoke_others(ctx)
