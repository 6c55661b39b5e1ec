"""Show an account.

Oneself and administrators see all of it; staff see how to reach each other and their patients; patients and family see
who treats them. For everybody else it does not exist. Sources: seeds 000 §2.2, 003 §12.
"""

from shared.http import Context, endpoint, signed_in
from shared.users.access import see_user
from shared.users.models import ColleagueOut, ProfileOut, UserOut


@endpoint("GET /users/{userId}", access=signed_in, trips=3)
def get_user(ctx: Context, userId: str) -> UserOut | ColleagueOut | ProfileOut:
    return see_user(ctx, userId)
