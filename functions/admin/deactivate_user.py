"""Close an account until it is activated again.

For administrators. Its sessions end at once, and its owner is told by e-mail. The last active administrator cannot be
deactivated. Source: RESOLUTIONS, Names that the sources leave open.
"""

from shared.errors import AlreadyDone, LastAdmin
from shared.http import Context, admins, endpoint
from shared.users import administration
from shared.users.models import AccountOut


@endpoint(
    "POST /admin/users/{userId}/deactivate",
    access=admins,
    errors=[AlreadyDone, LastAdmin],
    trips=3,
)
def deactivate_user(ctx: Context, userId: str) -> AccountOut:
    return administration.deactivate(ctx, userId)
