"""Change a chat: `name` by its administrators, `isPinned` by each participant for themselves."""

from shared.chats import access_chat
from shared.chats.chat_body_models import ChatChange
from shared.chats.chat_models import ChatOut
from shared.chats.managing import change
from shared.errors import ChatIsFixed, NotChatAdmin
from shared.http import Context, endpoint, signed_in


@endpoint("PUT /chats/{chatId}", access=signed_in, errors=[ChatIsFixed, NotChatAdmin])
def update_chat(ctx: Context, chatId: str, body: ChatChange) -> ChatOut:
    chat = access_chat(ctx, chatId, to="manage" if body.name is not None else "read")
    return change(ctx, chat, body)
