"""List the caller's notifications, newest first.

Titles and texts are of a closed vocabulary in the caller's language; what a notification is about is read with the id
in `data`. `unread=true` leaves out what has been read. Kept for NOTIFICATION_RETENTION_DAYS (30).
"""

from shared.http import Context, endpoint, own_account
from shared.notifications.inbox import listed, reads
from shared.notifications.models import NotificationOut, NotificationPaging
from shared.store.query import Page


@endpoint("GET /notifications", access=own_account, reads=reads)
def list_notifications(ctx: Context, query: NotificationPaging) -> Page[NotificationOut]:
    return listed(ctx, query)
