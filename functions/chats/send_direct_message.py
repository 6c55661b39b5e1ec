"""Write to one person (seed 001); the Direct chat of the two is made with the first message.

Staff write to staff, clinicians to their patients and those patients' family, and the other way round: 422
MAY_NOT_CONTACT for everybody else, whether they exist or not.
"""

from shared.chats.direct import send_direct
from shared.chats.models import MessageOut
from shared.chats.named import receiver
from shared.chats.sending_models import NewDirectMessage
from shared.errors import ChatClosed, ClientMessageIdReused, MayNotContact
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /messages",
    access=signed_in,
    status=201,
    errors=[ChatClosed, ClientMessageIdReused, MayNotContact],
    reads_by_input=receiver,
    trips=3,
)
def send_direct_message(ctx: Context, body: NewDirectMessage) -> MessageOut:
    return send_direct(ctx, body)
