"""Remove one's own picture.

Source: seed 002, L14.
"""

from shared.http import Context, endpoint, own_account
from shared.users.avatars import remove_avatar


@endpoint("DELETE /users/me/avatar", access=own_account, trips=3)
def delete_avatar(ctx: Context) -> None:
    remove_avatar(ctx)
