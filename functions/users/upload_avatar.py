"""Set one's own picture.

Part `file` (or `avatar`): PNG, JPEG or WebP by its content, at most 5 MB. It is shown to others once the scan
has found it clean, seconds later as a rule. Source: seed 002, L14.
"""

from shared.errors import FileNotAccepted, StorageUnavailable
from shared.http import UPLOADS, Context, Upload, endpoint, own_account
from shared.users.avatars import set_avatar
from shared.users.models import UserOut


@endpoint(
    "POST /users/me/avatar",
    access=own_account,
    errors=[FileNotAccepted, StorageUnavailable],
    limit=UPLOADS,
    trips=3,
    uses=["storage"],
)
def upload_avatar(ctx: Context, upload: Upload) -> UserOut:
    return set_avatar(ctx, upload)
