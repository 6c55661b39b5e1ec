"""Change the caller's notification preferences; what is left out stays.

Quiet hours are wall times in the zone of the caller's preferences: what is held is sent when they end. Urgent types
do not wait, nor do reminders of a visit within two hours.
"""

from shared.http import Context, endpoint, own_account
from shared.notifications.preference_models import NewNotificationPreferences, NotificationPreferencesOut
from shared.notifications.preferences import change, reads, shown


@endpoint("PUT /users/me/notification-preferences", access=own_account, reads=reads)
def update_notification_preferences(ctx: Context, body: NewNotificationPreferences) -> NotificationPreferencesOut:
    change(ctx, body)
    return shown(ctx)
