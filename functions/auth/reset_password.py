"""Set a new password with the token of a link.

The token is what follows `#token=` in the e-mail's link. Every session of the account ends. Source: seed 002, L18-L22.
"""

from shared.auth import recovery
from shared.auth.models import Done, PasswordReset
from shared.errors import LinkExpired, WeakPassword
from shared.http import Context, endpoint, public


@endpoint(
    "POST /auth/reset-password",
    access=public,
    errors=[LinkExpired, WeakPassword],
    trips=3,
    uses=["identity", "passwords"],
)
def reset_password(ctx: Context, body: PasswordReset) -> Done:
    recovery.reset_password(ctx, body.token, body.password)
    return Done(message="The password is set. Sign in with it.")
