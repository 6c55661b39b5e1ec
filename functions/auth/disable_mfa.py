"""Turn multi-factor sign-in off.

Takes the password and a code (of the app, or a backup code), so that somebody at an unlocked screen cannot. Source:
RESOLUTIONS, Names that the sources leave open.
"""

from shared.auth import enrolling, second_factor
from shared.auth.models import Done
from shared.auth.second_factor_models import PasswordAndCode
from shared.errors import AlreadyDone, InvalidCredentials, InvalidMfaCode, TooManyFailures
from shared.http import Context, endpoint, own_account


@endpoint(
    "POST /auth/disable-mfa",
    access=own_account,
    errors=[AlreadyDone, InvalidCredentials, InvalidMfaCode, TooManyFailures],
    reads=second_factor.own,
    trips=2,
    uses=["identity"],
    idempotent=False,
)
def disable_mfa(ctx: Context, body: PasswordAndCode) -> Done:
    enrolling.deactivate(ctx, body.password, body.code)
    return Done(message="Multi-factor sign-in is off.")
