"""Show one's own preferences.

Sources: seeds 000 §2.11, 003 §12.
"""

from shared.http import Context, endpoint, own_account
from shared.users.preference_models import PreferencesOut
from shared.users.preferences import own_preferences, reads


@endpoint("GET /users/me/preferences", access=own_account, reads=reads, trips=1)
def get_preferences(ctx: Context) -> PreferencesOut:
    return PreferencesOut.of(own_preferences(ctx))
