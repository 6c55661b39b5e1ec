"""Mark all of the caller's notifications read, up to a moment.

Without `upTo`, up to now. One small write, whatever their number.
"""

from shared.http import Context, endpoint, own_account
from shared.notifications.inbox import mark_all_read, reads
from shared.notifications.models import NotificationRead, ReadAll


@endpoint("PUT /notifications/read-all", access=own_account, reads=reads)
def read_all_notifications(ctx: Context, body: ReadAll | None) -> NotificationRead:
    mark_all_read(ctx, body.up_to if body else None)
    return NotificationRead(message="All notifications marked as read")
