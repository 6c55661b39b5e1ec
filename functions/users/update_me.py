"""Change one's own profile.

What is left out stays, `null` clears. Role, address and standing are not changed here: such fields are refused. A
verified clinician who changes the licence number is verified again. Sources: seeds 000 §2.2, 001, 002 L13-L15.
"""

from shared.http import Context, endpoint, own_account
from shared.users.models import UserOut
from shared.users.profile import update_profile
from shared.users.profile_models import ProfileUpdate


@endpoint("PUT /users/me", access=own_account, trips=3)
def update_me(ctx: Context, body: ProfileUpdate) -> UserOut:
    return update_profile(ctx, body)
