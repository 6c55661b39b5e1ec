"""Count the caller's unread notifications.

Exact up to 1,000; it costs one index read whatever the number.
"""

from shared.http import Context, endpoint, own_account
from shared.notifications.inbox import reads, unread
from shared.notifications.models import UnreadCount


@endpoint("GET /notifications/unread/count", access=own_account, reads=reads)
def count_unread(ctx: Context) -> UnreadCount:
    return unread(ctx)
