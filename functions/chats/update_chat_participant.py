"""Make a participant an administrator of the chat, or no longer one (by its administrators).

The last administrator stays one: 422 CHAT_IS_FIXED.
"""

from shared.chats import access_chat
from shared.chats.chat_body_models import ParticipantChange
from shared.chats.chat_models import ParticipantOut
from shared.chats.managing import set_admin
from shared.errors import ChatIsFixed, NotChatAdmin
from shared.http import Context, endpoint, signed_in


@endpoint("PUT /chats/{chatId}/participants/{userId}", access=signed_in, errors=[ChatIsFixed, NotChatAdmin], trips=3)
def update_chat_participant(ctx: Context, chatId: str, userId: str, body: ParticipantChange) -> ParticipantOut:
    return set_admin(ctx, access_chat(ctx, chatId, to="manage"), userId, body.is_admin)
