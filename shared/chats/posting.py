"""Posting: what a message writes, and whom it tells.

One commit: the message, an event and a request for notifications where the chat is small (a task writes them where it
is large), and a task that brings the inbox rows up to date, one for all messages of the same second. Neither the chat
nor anybody's row is written, so that any number of people can post into a chat at once.
"""

from datetime import UTC, datetime, timedelta

from shared.chats.documents import (
    AT_ONCE,
    Attachment,
    Audio,
    CallType,
    Chat,
    Message,
    MessageKind,
    Notice,
    message_id,
)
from shared.chats.words import index
from shared.context import Context
from shared.errors import ClientMessageIdReused
from shared.events import NotificationType
from shared.store.document import new_id
from shared.users.documents import User

#: Messages of a chat within so many seconds share one task that brings its inbox rows up to date.
COALESCED_SECONDS = 1
#: The task starts so long after its second has ended, when commits of that second have arrived.
SETTLED = timedelta(seconds=0.3)


def post(
    ctx: Context,
    chat: Chat,
    *,
    kind: MessageKind,
    text: str | None = None,
    sender_id: str | None = None,
    sender_name: str | None = None,
    file_id: str | None = None,
    attachment: Attachment | None = None,
    audio: Audio | None = None,
    call_id: str | None = None,
    call_type: CallType | None = None,
    notice: Notice | None = None,
    client_id: str | None = None,
    ref: tuple[str, str] | None = None,
) -> Message:
    """Add a message to a chat; the caller has seen to access, and to the file's belonging to the chat.

    `sender_id` None is the system, or who is called `sender_name` (a telephone number). The `text` of a `notice` is the
    name of whom it is about. With `client_id` the message is the same however often it is sent. Raises
    `ClientMessageIdReused` when it says something else than the first.
    """
    key = new_id()
    if client_id is not None:
        key = message_id(chat.id, sender_id or "", client_id)
        # At first it is simply created: only a commit that finds it there makes a second attempt, which reads it.
        stored = ctx.unit.get(Message, key) if ctx.attempt > 1 else None
        if stored is not None:
            if (stored.kind, stored.file_id is None) != (kind, file_id is None) or _said(stored, text):
                raise ClientMessageIdReused
            return stored
    sender = _sender(ctx, sender_id)
    message = ctx.unit.create(
        Message(
            id=key,
            chat_id=chat.id,
            patient_id=chat.patient_id,
            sender_id=sender_id,
            sender_name=sender.name if sender else sender_name,
            sender_role=sender.role.value if sender else None,
            kind=kind,
            text=text,
            notice=notice,
            file_id=file_id,
            attachment=attachment,
            audio=audio,
            call_id=call_id,
            call_type=call_type,
            ref_kind=ref[0] if ref else None,
            ref_id=ref[1] if ref else None,
            client_id=client_id,
            pair=sorted(chat.member_ids) if chat.type == "Direct" else [],
            words=index(ctx, chat.id, text),
            created_at=ctx.now,
        )
    )
    if len(chat.member_ids) <= AT_ONCE:
        tell(ctx, chat, message, chat.member_ids)
    else:
        ctx.enqueue("fan_out_message", message.id)
    refresh_soon(ctx, chat.id)
    return message


def _said(stored: Message, text: str | None) -> bool:
    """Whether the stored message says something else; one that was edited since is not held against its sender."""
    return stored.version == 1 and not stored.gone and stored.text != text


def _sender(ctx: Context, sender_id: str | None) -> User | None:
    caller = ctx.caller_or_none
    if sender_id is None or (caller is not None and caller.id == sender_id):
        return caller.user if caller is not None and sender_id is not None else None
    return ctx.unit.get(User, sender_id)


def tell(ctx: Context, chat: Chat, message: Message, user_ids: list[str]) -> None:
    """An event for these participants, and a notification for those among them who have not muted the chat."""
    ids = {"messageId": message.id, "chatId": chat.id, "type": message.kind}
    ctx.emit(user_ids, "message:received", ids | ({"senderId": message.sender_id} if message.sender_id else {}))
    if message.kind == "system":
        return
    quiet = {*chat.muted_ids, message.sender_id}
    # The chat is what is opened; its participants are few, so one key per message is enough.
    ctx.notify(
        [u for u in user_ids if u not in quiet],
        NotificationType.MESSAGE,
        ("messages", message.id),
        f"message:{message.id}",
    )


def refresh_soon(ctx: Context, chat_id: str, *, after: timedelta = timedelta(0)) -> None:
    """Have the inbox rows of a chat brought up to date, once for everything that happens in the same second."""
    second = int((ctx.now + after).timestamp()) // COALESCED_SECONDS + 1
    at = datetime.fromtimestamp(second * COALESCED_SECONDS, UTC) + SETTLED
    ctx.enqueue("refresh_inboxes", chat_id, at=at, dedupe_key=f"{chat_id}:{second}")
