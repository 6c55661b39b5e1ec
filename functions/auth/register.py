"""Open an account and sign it in.

Doctors and nurses can sign in at once but reach no patient until an administrator has verified them; a patient's record
is made with the account, or joined by `inviteCode`. `/user/register` is for patients. The tokens are also set as
cookies. Administrators are made by a command, not here. Sources: seeds 000 §2.1, 001, 002, 003 §5.1.
"""

from shared.auth import accounts
from shared.auth.sign_in_models import Registration, SignedIn
from shared.errors import EmailTaken, InvitationNotUsable, RoleNotOpen, WeakPassword
from shared.http import Context, endpoint, public


@endpoint(
    "POST /auth/register",
    "POST /user/register",
    access=public,
    status=201,
    errors=[RoleNotOpen, EmailTaken, InvitationNotUsable, WeakPassword],
    trips=3,
    uses=["identity", "passwords"],
    secrets=["JWT_PRIVATE_KEY_FILE"],
)
def register(ctx: Context, body: Registration) -> SignedIn:
    return accounts.register(ctx, body)
