"""Begin to use multi-factor sign-in.

Answers a secret for an authenticator app, and the same as a QR code. It counts once POST /auth/verify-mfa has been
shown a code of it. Sources: seeds 000 §2.1, 003 §5.1.
"""

from shared.auth import enrolling, second_factor
from shared.auth.second_factor_models import Enrolment
from shared.errors import AlreadyDone
from shared.http import Context, endpoint, own_account


@endpoint(
    "POST /auth/enable-mfa",
    "POST /auth/mfa/enable",
    access=own_account,
    errors=[AlreadyDone],
    reads=second_factor.own,
    trips=2,
    uses=["identity"],
    idempotent=False,
)
def enable_mfa(ctx: Context) -> Enrolment:
    return enrolling.enrol(ctx)
