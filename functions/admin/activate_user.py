"""Open a deactivated account again.

For administrators. Source: RESOLUTIONS, Names that the sources leave open.
"""

from shared.errors import AlreadyDone
from shared.http import Context, admins, endpoint
from shared.users import administration
from shared.users.models import AccountOut


@endpoint("POST /admin/users/{userId}/activate", access=admins, errors=[AlreadyDone], trips=2)
def activate_user(ctx: Context, userId: str) -> AccountOut:
    return administration.activate(ctx, userId)
