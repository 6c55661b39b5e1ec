"""Change the text of one's own message; what it said before is kept (see its versions)."""

from shared.chats import access_message
from shared.chats.editing import edit
from shared.chats.models import MessageOut
from shared.chats.sending_models import MessageChange
from shared.errors import NotEditable, NotYourMessage
from shared.http import Context, endpoint, signed_in


@endpoint("PUT /messages/{messageId}", access=signed_in, errors=[NotEditable, NotYourMessage], trips=3)
def edit_message(ctx: Context, messageId: str, body: MessageChange) -> MessageOut:
    message, chat = access_message(ctx, messageId, to="read")
    return edit(ctx, message, chat, body.content)
