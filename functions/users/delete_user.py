"""Delete an account.

For administrators. It is kept, marked deleted with who and when; its sessions end at once and its address becomes free.
Patient records stay. The last active administrator cannot be deleted. Sources: seeds 000 §2.2, §7.3, 003 §12.
"""

from shared.errors import LastAdmin
from shared.http import Context, admins, endpoint
from shared.users import administration


@endpoint("DELETE /users/{userId}", access=admins, errors=[LastAdmin], trips=3)
def delete_user(ctx: Context, userId: str) -> None:
    administration.delete_user(ctx, userId)
