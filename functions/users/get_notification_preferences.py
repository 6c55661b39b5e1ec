"""Get the caller's notification preferences: every type and channel, quiet hours, reminder offsets.

The switches of `/users/me/preferences` stand above them: `notificationsEnabled` for all that leaves the app,
`emailNotifications` and `smsNotifications` for theirs.
"""

from shared.http import Context, endpoint, own_account
from shared.notifications.preference_models import NotificationPreferencesOut
from shared.notifications.preferences import reads, shown


@endpoint("GET /users/me/notification-preferences", access=own_account, trips=1, reads=reads)
def get_notification_preferences(ctx: Context) -> NotificationPreferencesOut:
    return shown(ctx)
