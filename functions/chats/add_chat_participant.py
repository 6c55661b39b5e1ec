"""Let somebody take part in a chat (by its administrators).

`shareHistory` says whether they see what was written before. 422 MAY_NOT_CONTACT for somebody without the relationship
that the chat takes, 409 ALREADY_DONE for somebody who takes part.
"""

from shared.chats.chat_body_models import NewParticipant
from shared.chats.chat_models import ParticipantOut
from shared.chats.managing import add
from shared.chats.named import newcomer
from shared.errors import AlreadyDone, ChatIsFixed, MayNotContact, NotChatAdmin
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /chats/{chatId}/participants",
    access=signed_in,
    status=201,
    errors=[AlreadyDone, ChatIsFixed, MayNotContact, NotChatAdmin],
    reads_by_input=newcomer,
    trips=3,
)
def add_chat_participant(ctx: Context, chatId: str, body: NewParticipant) -> ParticipantOut:
    return add(ctx, chatId, body)
