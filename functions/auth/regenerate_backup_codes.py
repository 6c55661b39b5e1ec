"""Make new backup codes; the ones before stop working.

They are shown only in this answer.
"""

from shared.auth import enrolling, second_factor
from shared.auth.second_factor_models import BackupCodes
from shared.errors import MfaNotPending
from shared.http import Context, endpoint, own_account


@endpoint(
    "POST /auth/mfa/backup-codes",
    access=own_account,
    errors=[MfaNotPending],
    reads=second_factor.own,
    trips=2,
    uses=["identity"],
    idempotent=False,
)
def regenerate_backup_codes(ctx: Context) -> BackupCodes:
    return enrolling.renew_backup_codes(ctx)
