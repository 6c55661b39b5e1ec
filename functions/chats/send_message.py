"""Send a message.

Text as JSON; an image, voice message or other file as multipart/form-data (part `file` or `audio`, with `type`,
`fileName`, `duration` and `content` beside it), or by the `fileId` of an upload. With `clientMessageId` a message that
is sent again is the one that was sent before. In an SMS chat the text goes out to the number.
"""

from shared.chats import access_chat
from shared.chats.models import MessageOut
from shared.chats.sending import send
from shared.chats.sending_models import NewMessage
from shared.errors import (
    ChatClosed,
    ClientMessageIdReused,
    FileNotAccepted,
    PostingNotAllowed,
    RecipientOptedOut,
    StorageUnavailable,
)
from shared.http import Context, Upload, endpoint, signed_in


@endpoint(
    "POST /chats/{chatId}/messages",
    access=signed_in,
    status=201,
    errors=[
        ChatClosed,
        ClientMessageIdReused,
        FileNotAccepted,
        PostingNotAllowed,
        RecipientOptedOut,
        StorageUnavailable,
    ],
    trips=3,
    uses=["storage", "media"],
    memory="1024Mi",
    concurrency=4,
)
def send_message(ctx: Context, chatId: str, body: NewMessage | None, upload: Upload | None) -> MessageOut:
    return send(ctx, access_chat(ctx, chatId, to="post"), body, upload)
