"""Erase the content of messages whose retention has run out, but for those under a legal hold.

Daily. Messages, and the text messages in and out, are kept MESSAGE_RETENTION_YEARS (5, seed 000 §7.3); a tombstone
stays.
"""

from shared.chats import expiry as chats
from shared.http import Context, endpoint, scheduler
from shared.messaging import expiry as texts


@endpoint(access=scheduler, kind="schedule", schedule="40 3 * * *", timeout=1800, trips=None)
def expire_messages(ctx: Context) -> None:
    chats.expire(ctx)
    texts.expire(ctx)
