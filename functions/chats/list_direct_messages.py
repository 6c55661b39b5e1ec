"""List direct messages: with one person, or the last of every conversation, newest first.

A bare array (seed 001); they are the messages of the caller's Direct chats.
"""

from shared.chats.direct import conversations
from shared.chats.inbox import of_caller
from shared.chats.models import MessageOut
from shared.chats.named import conversation
from shared.chats.sending_models import ConversationList
from shared.errors import NotFound
from shared.http import Bare, Context, endpoint, signed_in


# 4: of every conversation the list knows the beginning of its last message, and the whole of it is answered.
@endpoint("GET /messages", access=signed_in, errors=[NotFound], trips=4, reads=of_caller, reads_by_input=conversation)
def list_direct_messages(ctx: Context, query: ConversationList) -> Bare[MessageOut]:
    return conversations(ctx, query)
