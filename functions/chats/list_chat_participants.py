"""List who takes part in a chat, in the order of joining.

Recipients of a broadcast see its administrators and themselves.
"""

from shared.chats import access_chat
from shared.chats.chat_models import ParticipantOut
from shared.chats.managing import participants
from shared.http import Context, endpoint, signed_in
from shared.store.query import Page


@endpoint("GET /chats/{chatId}/participants", access=signed_in, trips=3)
def list_chat_participants(ctx: Context, chatId: str) -> Page[ParticipantOut]:
    return participants(ctx, access_chat(ctx, chatId, to="read"))
