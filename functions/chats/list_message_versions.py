"""List every text a message has had, the one that holds last."""

from shared.chats.editing import versions
from shared.chats.models import MessageVersionOut
from shared.http import Context, endpoint, signed_in
from shared.store.query import Page


@endpoint("GET /messages/{messageId}/versions", access=signed_in, trips=3)
def list_message_versions(ctx: Context, messageId: str) -> Page[MessageVersionOut]:
    return versions(ctx, messageId)
