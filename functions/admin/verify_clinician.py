"""Approve or reject a clinician's credentials.

For administrators. The clinician is told by e-mail, with the reason of a rejection. Until approved they reach no
patient. Source: seed 002, L31-L32.
"""

from shared.errors import NotAClinician
from shared.http import Context, admins, endpoint
from shared.users import administration
from shared.users.administration import Decision
from shared.users.models import AccountOut


@endpoint("POST /admin/users/{userId}/verify", access=admins, errors=[NotAClinician], trips=2)
def verify_clinician(ctx: Context, userId: str, body: Decision) -> AccountOut:
    return administration.verify_clinician(ctx, userId, body)
