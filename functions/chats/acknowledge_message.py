"""Confirm that a message, and all before it in its chat, has reached one's device."""

from shared.chats import access_message
from shared.chats.receipts import mark
from shared.http import Context, endpoint, signed_in


@endpoint("POST /messages/{messageId}/delivered", access=signed_in, trips=3)
def acknowledge_message(ctx: Context, messageId: str) -> None:
    message, chat = access_message(ctx, messageId, to="read")
    mark(ctx, chat, message, read=False)
