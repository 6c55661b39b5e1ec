"""Make a chat.

Staff start chats of every type; patients a Direct chat, and Care Team and Family Update about themselves; family a
Direct chat. Who takes part in a chat about a patient needs a relationship to the patient that is in force (family: with
the scope `messages`). Two people have one Direct chat, and a number one SMS chat: asked for again, it is answered with
200.
"""

from shared.chats.chat_body_models import NewChat
from shared.chats.chat_models import ChatOut
from shared.chats.managing import create
from shared.chats.named import founders
from shared.errors import MayNotContact, NotFound, RoleNotAllowed, ScopeNotGranted
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /chats",
    access=signed_in,
    status=201,
    errors=[MayNotContact, NotFound, RoleNotAllowed, ScopeNotGranted],
    reads_by_input=founders,
    trips=3,
)
def create_chat(ctx: Context, body: NewChat) -> ChatOut:
    return create(ctx, body)
