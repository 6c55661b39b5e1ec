"""Change one's own preferences.

What is left out stays. `emailNotifications`, `smsNotifications` and `notificationsEnabled` are master switches.
Sources: seeds 000 §2.11, 003 §12.
"""

from shared.http import Context, endpoint, own_account
from shared.users.preference_models import NewPreferences, PreferencesChanged, PreferencesOut
from shared.users.preferences import change_preferences, reads


@endpoint("PUT /users/me/preferences", access=own_account, reads=reads, trips=2)
def update_preferences(ctx: Context, body: NewPreferences) -> PreferencesChanged:
    return PreferencesChanged(preferences=PreferencesOut.of(change_preferences(ctx, body)))
