"""Show the account that is signed in.

Source: seed 001, Authentication Endpoints; the same as GET /users/me, inside `user`.
"""

from shared.auth.sign_in_models import UserOnly
from shared.http import Context, endpoint, own_account
from shared.users.profile import own_profile


@endpoint("GET /auth/me", access=own_account, trips=3)
def me(ctx: Context) -> UserOnly:
    return UserOnly(user=own_profile(ctx))
