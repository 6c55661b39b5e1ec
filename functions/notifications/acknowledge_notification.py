"""Say that a notification has arrived on one of the caller's apps.

Its delivery on that channel then counts as delivered. `notification:acknowledge` on the socket does the same.
"""

from shared.http import Context, endpoint, own_account
from shared.notifications.inbox import access_notification, acknowledge
from shared.notifications.models import Acknowledgement


@endpoint("POST /notifications/{notificationId}/acknowledge", access=own_account)
def acknowledge_notification(ctx: Context, notificationId: str, body: Acknowledgement | None) -> None:
    made = access_notification(ctx, notificationId)
    acknowledge(ctx, made, body.channel if body else "inApp")
