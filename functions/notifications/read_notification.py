"""Mark one of the caller's notifications read."""

from shared.http import Context, endpoint, own_account
from shared.notifications.inbox import access_notification, mark_read
from shared.notifications.models import NotificationRead


@endpoint("PUT /notifications/{notificationId}/read", access=own_account)
def read_notification(ctx: Context, notificationId: str) -> NotificationRead:
    mark_read(ctx, access_notification(ctx, notificationId))
    return NotificationRead()
