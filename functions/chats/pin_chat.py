"""Pin or unpin a chat for oneself.

With `isPinned` it is as that says; without a body it is the other way round than before.
"""

from shared.chats import access_chat
from shared.chats.chat_body_models import Pin
from shared.chats.chat_models import ChatOut
from shared.chats.managing import pin
from shared.http import Context, endpoint, signed_in


@endpoint("POST /chats/{chatId}/pin", access=signed_in)
def pin_chat(ctx: Context, chatId: str, body: Pin | None) -> ChatOut:
    return pin(ctx, access_chat(ctx, chatId, to="read"), body.is_pinned if body is not None else None)
