"""Delivered and read: one high-water mark per person and chat, which only ever rises."""

from typing import TYPE_CHECKING, Any

from shared.chats.access import access_message, ahead
from shared.chats.documents import (
    AT_ONCE,
    MESSAGES,
    RECEIPTS_OF_CHAT,
    Chat,
    ChatMember,
    Message,
    Receipt,
    member_id,
)
from shared.chats.history import per_recipient, present
from shared.chats.posting import refresh_soon
from shared.chats.receipt_models import ReadAll
from shared.context import Context

if TYPE_CHECKING:
    from shared.chats.models import MessageOut

#: Recipients that one event names.
PER_EVENT = 200


def mark(ctx: Context, chat: Chat, message: Message, *, read: bool) -> Receipt | None:
    """Note that the caller has received (and read) everything up to a message; nothing for who does not take part.

    Safe to repeat, in any order: a mark never falls back. The others are told when somebody reads.
    """
    me = ctx.caller.id
    if me not in chat.member_ids:
        return None
    stored = ctx.unit.get(Receipt, member_id(chat.id, me))
    at = message.order
    changes: dict[str, Any] = {}
    if stored is None or stored.delivered_through is None or stored.delivered_through < at:
        changes |= {"delivered_through": at, "delivered_at": ctx.now}
    if read and (stored is None or stored.read_through is None or stored.read_through < at):
        changes |= {"read_through": at, "read_at": ctx.now}
    if not changes:
        return stored
    if stored is None:
        receipt = ctx.unit.create(Receipt(id=member_id(chat.id, me), chat_id=chat.id, user_id=me, **changes))
    else:
        receipt = ctx.unit.update(stored, **changes)
    ids = {"messageId": message.id, "chatId": chat.id}
    if "read_through" in changes:
        _row_read(ctx, chat, message)
        announce(ctx, _told(chat), "message:read", ids | {"readBy": me, "readAt": ctx.now.isoformat()})
    elif len(chat.member_ids) <= AT_ONCE:
        announce(ctx, _told(chat), "message:delivered", ids | {"deliveredTo": me, "deliveredAt": ctx.now.isoformat()})
    return receipt


def _row_read(ctx: Context, chat: Chat, message: Message) -> None:
    row = ctx.unit.get(ChatMember, member_id(chat.id, ctx.caller.id))
    if row is not None and row.unread and row.last_at <= message.order:
        ctx.unit.update(row, unread=0)
    else:
        # Something newer is there, or the row has yet to hear of this message.
        refresh_soon(ctx, chat.id)


def _told(chat: Chat) -> list[str]:
    """Who learns what somebody has read: everybody, but in a broadcast its administrators."""
    return chat.admin_ids if chat.type == "Broadcast" else chat.member_ids


def announce(ctx: Context, user_ids: list[str], event: str, ids: dict[str, str]) -> None:
    """An event for any number of participants, in pieces an event document can hold."""
    for first in range(0, len(user_ids), PER_EVENT):
        ctx.emit(user_ids[first : first + PER_EVENT], event, ids)


def read_message(ctx: Context, message_id: str) -> "MessageOut":
    """Mark a message and all before it as read by the caller; the message as it is then. Raises `NotFound`."""
    message, chat, receipts = _with_receipts(ctx, message_id)
    mark(ctx, chat, message, read=True)
    return present(ctx, chat, [message], receipts)[0]


def seen_message(ctx: Context, message_id: str) -> "MessageOut":
    """A message, with how far it has got with each recipient. Raises `NotFound`."""
    message, chat, receipts = _with_receipts(ctx, message_id)
    return present(ctx, chat, [message], receipts)[0]


def _with_receipts(ctx: Context, message_id: str) -> tuple[Message, Chat, list[Receipt]]:
    # The chat is read by the same trip: of a large one, where nobody is told, the receipts are read for nothing.
    (receipts,) = ahead(
        ctx, message_id, lambda m: ctx.unit.reading(RECEIPTS_OF_CHAT, chatId=m.chat_id, limit=AT_ONCE * 2)
    )
    message, chat = access_message(ctx, message_id, to="read")
    return message, chat, receipts if per_recipient(ctx, chat) else []


def read_all(ctx: Context, chat: Chat) -> ReadAll:
    """Mark everything in a chat as read by the caller."""
    newest = ctx.unit.find(MESSAGES, chatId=chat.id, limit=1)
    receipt = mark(ctx, chat, newest[0], read=True) if newest else None
    return ReadAll(
        chat_id=chat.id,
        last_message_id=newest[0].id if newest else None,
        read_at=receipt.read_at if receipt else None,
        unread_count=0,
    )
