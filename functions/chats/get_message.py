"""Get a message, with how far it has got with each of its recipients."""

from shared.chats.models import MessageOut
from shared.chats.receipts import seen_message
from shared.http import Context, endpoint, signed_in
from shared.users.language import reads


@endpoint("GET /messages/{messageId}", access=signed_in, trips=3, reads=reads)
def get_message(ctx: Context, messageId: str) -> MessageOut:
    return seen_message(ctx, messageId)
