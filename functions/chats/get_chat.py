"""Get a chat: who takes part, and its latest messages, newest first.

`limit` and `offset` page through the messages as in GET /chats/{chatId}/messages, which goes further back.
"""

from shared.chats import access_chat
from shared.chats.detail_models import ChatDetail, ChatView
from shared.chats.managing import detail
from shared.http import Context, endpoint, signed_in
from shared.users.language import reads


@endpoint("GET /chats/{chatId}", access=signed_in, trips=3, reads=reads)
def get_chat(ctx: Context, chatId: str, query: ChatView) -> ChatDetail:
    return detail(ctx, access_chat(ctx, chatId, to="read"), query)
