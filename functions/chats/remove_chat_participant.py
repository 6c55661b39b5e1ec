"""Take somebody out of a chat (by its administrators), or leave it oneself.

At once: messages, files, the list and live events of the chat are closed to them, also what they saw or wrote before.
What they wrote stays for the others.
"""

from shared.chats import access_chat
from shared.chats.managing import remove
from shared.errors import ChatIsFixed, NotChatAdmin
from shared.http import Context, endpoint, signed_in


@endpoint("DELETE /chats/{chatId}/participants/{userId}", access=signed_in, errors=[ChatIsFixed, NotChatAdmin], trips=3)
def remove_chat_participant(ctx: Context, chatId: str, userId: str) -> None:
    chat = access_chat(ctx, chatId, to="read" if userId == ctx.caller.id else "manage")
    remove(ctx, chat, userId)
