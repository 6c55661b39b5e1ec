"""Confirm multi-factor sign-in with a code of the app.

From now on signing in takes a code. Answers ten backup codes that each work once; they are not shown again. Five wrong
codes end the attempt for a quarter of an hour. Sources: seeds 000 §2.1, 003 §6.1.
"""

from shared.auth import enrolling, second_factor
from shared.auth.second_factor_models import BackupCodes, Code
from shared.errors import InvalidMfaCode, MfaNotPending, TooManyFailures
from shared.http import Context, endpoint, own_account


@endpoint(
    "POST /auth/verify-mfa",
    "POST /auth/mfa/verify",
    access=own_account,
    errors=[InvalidMfaCode, MfaNotPending, TooManyFailures],
    reads=second_factor.own,
    trips=2,
    uses=["identity"],
    idempotent=False,
)
def verify_mfa(ctx: Context, body: Code) -> BackupCodes:
    return enrolling.activate(ctx, body.code)
