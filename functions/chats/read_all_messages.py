"""Mark all messages of a chat as read by oneself."""

from shared.chats import access_chat
from shared.chats.receipt_models import ReadAll
from shared.chats.receipts import read_all
from shared.http import Context, endpoint, signed_in


@endpoint("POST /chats/{chatId}/messages/read-all", access=signed_in, trips=3)
def read_all_messages(ctx: Context, chatId: str) -> ReadAll:
    return read_all(ctx, access_chat(ctx, chatId, to="read"))
