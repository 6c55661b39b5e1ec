"""Delete a chat for everybody who takes part (by its administrators).

Soft: nobody reaches it any more; its messages are kept as long as messages are. A Direct chat is archived instead.
"""

from shared.chats import access_chat
from shared.chats.managing import delete
from shared.errors import ChatIsFixed, NotChatAdmin
from shared.http import Context, endpoint, signed_in


@endpoint("DELETE /chats/{chatId}", access=signed_in, errors=[ChatIsFixed, NotChatAdmin])
def delete_chat(ctx: Context, chatId: str) -> None:
    delete(ctx, access_chat(ctx, chatId, to="manage"))
