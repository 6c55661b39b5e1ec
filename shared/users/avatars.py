"""Pictures of users."""

from typing import TYPE_CHECKING

from shared import files
from shared.context import Context
from shared.errors import BodyTooLarge
from shared.files import FileRecord
from shared.files.downloads import picture
from shared.http.answers import Binary, Upload
from shared.scheduling.refreshing import account_changed
from shared.users.access import full, visible
from shared.users.documents import User

if TYPE_CHECKING:
    from shared.users.models import UserOut


def set_avatar(ctx: Context, upload: Upload) -> "UserOut":
    """Make a PNG, JPEG or WebP image the caller's picture, shown once it was scanned; the one before is deleted.

    Raises `BodyTooLarge`, `FileNotAccepted` or `StorageUnavailable`.
    """
    if len(upload.content) > ctx.settings.avatar_max_bytes:
        raise BodyTooLarge
    user = ctx.caller.user
    _delete_current(ctx, user)
    stored = files.put(
        ctx, "user-uploads", upload, owner_id=user.id, ref=files.Ref("users", user.id), accept=files.IMAGES
    )
    account_changed(ctx, user)
    return full(ctx, ctx.unit.update(user, avatar_file_id=stored.id, updated_at=ctx.now))


def remove_avatar(ctx: Context) -> None:
    """Delete the caller's picture, if there is one."""
    user = ctx.caller.user
    _delete_current(ctx, user)
    if user.avatar_file_id is not None:
        ctx.unit.update(user, avatar_file_id=None, updated_at=ctx.now)
        account_changed(ctx, user)


def avatar(ctx: Context, user_id: str) -> Binary:
    """A user's picture, for whoever may see the user. Raises `NotFound` or `StorageUnavailable`."""
    return picture(ctx, visible(ctx, user_id).avatar_file_id)


def _delete_current(ctx: Context, user: User) -> None:
    current = ctx.unit.get(FileRecord, user.avatar_file_id) if user.avatar_file_id else None
    if current is not None:
        files.give_up(ctx, current)
