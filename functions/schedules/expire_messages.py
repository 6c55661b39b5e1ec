"""Erase the content of messages whose retention has run out, but for those under a legal hold.

Daily. Messages are kept MESSAGE_RETENTION_YEARS (5, seed 000 §7.3); a tombstone stays.
"""

from shared.chats.expiry import expire
from shared.http import Context, endpoint, scheduler


@endpoint(access=scheduler, kind="schedule", schedule="40 3 * * *", timeout=1800, trips=None)
def expire_messages(ctx: Context) -> None:
    expire(ctx)
