"""Get a CSRF token.

Also set as the readable cookie `csrfToken`. A request that the `refreshToken` cookie authenticates repeats it in
`X-CSRF-Token`; requests with a bearer token need none. Source: RESOLUTIONS, CSRF.
"""

from shared.auth import sessions
from shared.auth.session_models import CsrfToken
from shared.http import Context, endpoint, public


@endpoint("GET /auth/csrf", access=public, trips=0)
def get_csrf_token(ctx: Context) -> CsrfToken:
    return CsrfToken(csrf_token=sessions.set_csrf_cookie(ctx))
