"""List the caller's chats, those with the latest messages first.

Last message and unread count are brought up to date within about a second of a message. Archived chats are listed with
`archived=true` only.
"""

from shared.chats.chat_body_models import ChatList
from shared.chats.chat_models import ChatOut
from shared.chats.inbox import inbox, of_caller
from shared.http import Context, endpoint, signed_in
from shared.store.query import Page


# 3, and one more while it is worked off that the caller has lost access to something.
@endpoint("GET /chats", access=signed_in, trips=4, reads=of_caller)
def list_chats(ctx: Context, query: ChatList) -> Page[ChatOut]:
    return inbox(ctx, query)
