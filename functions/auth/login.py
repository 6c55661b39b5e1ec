"""Sign in with an address and a password.

Accounts with multi-factor sign-in send `mfaCode`, too: a code of the app or a backup code, each good for one sign-in.
Five failures for an account from one network address, or twenty for the account in an hour, are answered 429 until
time has passed. `/user/login` is for patients and family, `/doctor/login` for doctors and nurses. The tokens are also
set as cookies. Sources: seeds 000 §2.1, 001, 002, 003 §5.1.
"""

from shared.auth.sign_in import sign_in
from shared.auth.sign_in_models import SignedIn, SignIn
from shared.errors import InvalidCredentials, InvalidMfaCode, MfaRequired, RoleNotAllowed, TooManyFailures
from shared.http import Context, endpoint, public


@endpoint(
    "POST /auth/login",
    "POST /user/login",
    "POST /doctor/login",
    access=public,
    errors=[InvalidCredentials, MfaRequired, InvalidMfaCode, RoleNotAllowed, TooManyFailures],
    trips=3,
    uses=["identity"],
    secrets=["JWT_PRIVATE_KEY_FILE"],
)
def login(ctx: Context, body: SignIn) -> SignedIn:
    return sign_in(ctx, body)
