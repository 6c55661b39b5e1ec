"""List messages of a chat, newest first.

From the newest by `offset` (up to 1,000), or from any place both ways: `before`, `after` and `around` name a message,
`nextCursor` leads to older ones and `previousCursor` to newer. `search` finds whole words where the deployment indexes
messages. A deleted message keeps its place without its content.
"""

from shared.chats import access_chat
from shared.chats.history import history
from shared.chats.history_models import MessageList, MessagePage
from shared.chats.named import place
from shared.errors import SearchNotEnabled
from shared.http import Context, endpoint, signed_in
from shared.users.language import reads


@endpoint(
    "GET /chats/{chatId}/messages",
    access=signed_in,
    errors=[SearchNotEnabled],
    # 3, and one more while it is worked off that the caller has lost access to something.
    trips=4,
    reads=reads,
    reads_by_input=place,
)
def list_messages(ctx: Context, chatId: str, query: MessageList) -> MessagePage:
    return history(ctx, access_chat(ctx, chatId, to="read"), query)[0]
