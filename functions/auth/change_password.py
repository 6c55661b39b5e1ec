"""Change one's own password.

Every other session ends, and a notice is mailed. Five attempts in a quarter of an hour, whether they succeed or not.
"""

from shared.auth import recovery
from shared.auth.models import Done, PasswordChange
from shared.auth.second_factor import own
from shared.errors import InvalidCredentials, PasswordUnchanged, WeakPassword
from shared.http import Context, UserLimit, endpoint, own_account


@endpoint(
    "POST /auth/change-password",
    access=own_account,
    errors=[InvalidCredentials, PasswordUnchanged, WeakPassword],
    limit=UserLimit("password", "login_failures_per_15_minutes", 900),
    reads=own,
    trips=3,
    uses=["identity", "passwords"],
    idempotent=False,
)
def change_password(ctx: Context, body: PasswordChange) -> Done:
    recovery.change_password(ctx, body.current_password, body.new_password)
    return Done(message="The password is changed. Other devices are signed out.")
