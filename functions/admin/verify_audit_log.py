"""Check that the audit trail is as it was sealed.

For administrators. Compares every entry with its seal and every seal with the one before; `firstBroken` names the first
entry that was changed, removed, inserted or moved. Takes as long as the trail is.
"""

from shared import audit_log
from shared.audit_log import VerdictOut
from shared.errors import StorageUnavailable
from shared.http import Context, admins, endpoint


@endpoint(
    "GET /audit-logs/verify", access=admins, trips=None, timeout=300, uses=["storage"], errors=[StorageUnavailable]
)
def verify_audit_log(ctx: Context) -> VerdictOut:
    return audit_log.verify(ctx)
