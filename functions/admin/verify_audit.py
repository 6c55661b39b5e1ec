"""Check each night that the audit trail is as it was sealed.

The outcome is a metric (`audit_verified`) with an alert behind it: nobody has to ask to be told.
"""

from shared.audit_log import check
from shared.http import Context, endpoint, scheduler


@endpoint(
    access=scheduler, kind="schedule", schedule="30 3 * * *", uses=["storage"], timeout=1800, concurrency=1, trips=None
)
def verify_audit(ctx: Context) -> None:
    check(ctx)
