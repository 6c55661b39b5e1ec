"""Show one's own account.

A patient's carries the fields of the record that seed 001 has on the user. Sources: seeds 000 §2.2, 003 §12.
"""

from shared.http import Context, endpoint, own_account
from shared.users.models import UserOut
from shared.users.profile import own_profile


@endpoint("GET /users/me", access=own_account, trips=3)
def get_me(ctx: Context) -> UserOut:
    return own_profile(ctx)
