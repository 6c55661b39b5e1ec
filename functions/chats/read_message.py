"""Mark a message, and all before it in its chat, as read by oneself.

A mark never falls back: reading an older message changes nothing. The other participants are told.
"""

from shared.chats.models import MessageOut
from shared.chats.receipts import read_message as read
from shared.http import Context, endpoint, signed_in


@endpoint("POST /messages/{messageId}/read", "PATCH /messages/{messageId}/read", access=signed_in, trips=3)
def read_message(ctx: Context, messageId: str) -> MessageOut:
    return read(ctx, messageId)
