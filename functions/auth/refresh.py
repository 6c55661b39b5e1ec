"""Exchange a refresh token for new tokens.

The token is taken from the body, or from the `refreshToken` cookie when `X-CSRF-Token` repeats the `csrfToken` cookie.
It works once: showing an old one again ends the session, since somebody must have kept a copy. A session that is not
refreshed for 30 minutes is over. Sources: seeds 000 §6.2, 003 §5.1.
"""

from shared.auth import sessions
from shared.auth.session_models import RefreshToken, Tokens
from shared.errors import CsrfTokenInvalid, InvalidRefreshToken
from shared.http import Context, endpoint, public


@endpoint(
    "POST /auth/refresh",
    access=public,
    errors=[InvalidRefreshToken, CsrfTokenInvalid],
    trips=2,
    uses=["identity"],
    secrets=["JWT_PRIVATE_KEY_FILE"],
)
def refresh(ctx: Context, body: RefreshToken | None = None) -> Tokens:
    token = sessions.token_sent(ctx, body.refresh_token if body else None)
    _, issued = sessions.refresh(ctx, token)
    return Tokens.of(issued)
