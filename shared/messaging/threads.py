"""Text messages as part of a conversation: each number has one SMS chat, where both sides of it are kept."""

from typing import Any

from shared.context import Context
from shared.messaging.documents import SmsMessage
from shared.patients.documents import PATIENTS_BY_PHONE
from shared.users.documents import User


def patient_of(ctx: Context, number: str, sender_id: str | None = None) -> str | None:
    """The patient whose number this is; None when it is nobody's, or several people's.

    What `file` asks for of the number's chat and of the sender is read with it, and what is wanted else.
    """
    from shared.chats.documents import Chat
    from shared.chats.sms import sms_chat_id

    ctx.unit.want(Chat, sms_chat_id(ctx, number))
    if sender_id is not None:
        ctx.unit.want(User, sender_id)
    index = ctx.unit.sealer.blind("phone", number)
    reading = ctx.unit.reading(PATIENTS_BY_PHONE, phoneIndex=index, limit=2)
    found, _ = ctx.unit.together(reading, ctx.unit.reading_wanted())
    return found[0].id if len(found) == 1 else None


def file(ctx: Context, message: SmsMessage, patient_id: str | None) -> dict[str, Any]:
    """Post a text message to its number's chat, made if there is none; what to note on the message."""
    # Chats send through this package, and so import it.
    from shared.chats import post, sms_chat

    chat = sms_chat(ctx, message.number, patient_id)
    posted = post(
        ctx,
        chat,
        kind="text",
        text=message.text,
        sender_id=message.sender_id,
        sender_name=None if message.sender_id else message.number,
        client_id=message.id,
        ref=("smsMessages", message.id),
    )
    owners = sorted({*message.owner_ids, *chat.member_ids})[:100]
    return {
        "chat_id": chat.id,
        "message_id": posted.id,
        "patient_id": patient_id or chat.patient_id,
        "owner_ids": owners,
    }
