"""Delete a message: one's own, or as an administrator of the chat any.

Soft: the message keeps its place and loses its content for everybody; the content is kept as long as messages are.
"""

from shared.chats.editing import delete
from shared.errors import NotYourMessage
from shared.http import Context, endpoint, signed_in


@endpoint("DELETE /messages/{messageId}", access=signed_in, errors=[NotYourMessage], trips=3)
def delete_message(ctx: Context, messageId: str) -> None:
    delete(ctx, messageId)
