"""Mute, archive or pin a chat for oneself.

Whoever mutes a chat gets no notifications of its messages; they are counted as unread all the same.
"""

from shared.chats import access_chat
from shared.chats.chat_body_models import OwnOptions
from shared.chats.chat_models import ChatOut
from shared.chats.managing import keep
from shared.http import Context, endpoint, signed_in


@endpoint("PUT /chats/{chatId}/me", access=signed_in)
def set_chat_options(ctx: Context, chatId: str, body: OwnOptions) -> ChatOut:
    return keep(ctx, access_chat(ctx, chatId, to="read"), body)
