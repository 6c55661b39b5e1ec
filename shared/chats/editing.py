"""Changing what was said: edits keep every earlier text, deletions keep the place."""

from typing import TYPE_CHECKING

from shared.chats.access import access_message, ahead
from shared.chats.documents import VERSIONS_OF_MESSAGE, Chat, Message, MessageVersion, version_id
from shared.chats.history import present
from shared.chats.models import MessageVersionOut
from shared.chats.posting import refresh_soon
from shared.chats.receipts import announce
from shared.chats.words import index
from shared.context import Context
from shared.errors import NotEditable, NotFound, NotYourMessage
from shared.files import FileRecord, give_up
from shared.patients.people import whole
from shared.store.query import Page
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.chats.models import MessageOut

#: Earlier texts that are listed.
_MOST_VERSIONS = 200


def edit(ctx: Context, message: Message, chat: Chat, text: str) -> "MessageOut":
    """Give the caller's own message another text; the one before is kept. Raises `NotYourMessage`, `NotEditable`."""
    if message.sender_id != ctx.caller.id:
        raise ctx.refuse(NotYourMessage())
    if message.gone or message.kind in {"system", "call_log"}:
        raise NotEditable
    if message.text != text:
        ctx.unit.create(
            MessageVersion(
                id=version_id(message.id, message.version),
                message_id=message.id,
                chat_id=chat.id,
                patient_id=message.patient_id,
                version=message.version,
                text=message.text,
                written_at=message.edited_at or message.created_at,
                replaced_at=ctx.now,
                replaced_by=ctx.caller.id,
            )
        )
        message = ctx.unit.update(
            message,
            text=text,
            words=index(ctx, chat.id, text, message.transcription),
            version=message.version + 1,
            edited_at=ctx.now,
        )
        announce(ctx, chat.member_ids, "message:updated", {"messageId": message.id, "chatId": chat.id})
        refresh_soon(ctx, chat.id)
    return present(ctx, chat, [message], [])[0]


def delete(ctx: Context, message_id: str) -> None:
    """Take a message out of sight: the sender, an administrator of the chat, or one of the practice who oversees it.

    Its content is kept, sealed, as long as messages are kept. Doing it twice is no error. Raises `NotFound`,
    `NotYourMessage`.
    """
    named = ctx.unit.get(Message, message_id)
    if named is not None and named.file_id is not None:
        ctx.unit.want(FileRecord, named.file_id)
    message, chat = access_message(ctx, message_id, to="read")
    me = ctx.caller
    overseer = me.role is Role.ADMIN and chat.patient_id is not None
    if message.sender_id != me.id and me.id not in chat.admin_ids and not overseer:
        raise ctx.refuse(NotYourMessage())
    if message.deleted_at is not None:
        return
    if message.file_id is not None:
        record = ctx.unit.get(FileRecord, message.file_id)
        if record is not None:
            give_up(ctx, record)
    ctx.unit.update(message, deleted_at=ctx.now, deleted_by=me.id, words=[])
    announce(ctx, chat.member_ids, "message:deleted", {"messageId": message.id, "chatId": chat.id})
    refresh_soon(ctx, chat.id)


def versions(ctx: Context, message_id: str) -> Page[MessageVersionOut]:
    """Every text a message has had, the one that holds last. Raises `NotFound`, also for one that is gone."""
    (before,) = ahead(
        ctx, message_id, lambda m: ctx.unit.reading(VERSIONS_OF_MESSAGE, messageId=m.id, limit=_MOST_VERSIONS)
    )
    message, _ = access_message(ctx, message_id, to="read")
    if message.gone:
        raise ctx.refuse(NotFound())
    told = [
        MessageVersionOut(version=v.version, content=v.text, written_at=v.written_at, replaced_at=v.replaced_at)
        for v in before
    ]
    latest = MessageVersionOut(
        version=message.version, content=message.text, written_at=message.edited_at or message.created_at
    )
    return whole([*told, latest])
