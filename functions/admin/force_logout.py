"""Sign a user out everywhere, at once.

For administrators. Source: seed 002, L27.
"""

from shared.auth.models import Done
from shared.http import Context, admins, endpoint
from shared.users import administration


@endpoint("POST /admin/users/{userId}/logout", access=admins, trips=3)
def force_logout(ctx: Context, userId: str) -> Done:
    count = administration.force_logout(ctx, userId)
    return Done(message=f"Ended {count} session{'' if count == 1 else 's'}.")
