"""Direct messages between two people (seed 001): the same messages, told by sender and receiver."""

from typing import TYPE_CHECKING

from shared.chats.access import access_chat, want_chat
from shared.chats.contacts import direct_chat
from shared.chats.documents import INBOX, MESSAGES, Chat, Message, Receipt, direct_chat_id, member_id
from shared.chats.history import present
from shared.chats.inbox import still_open
from shared.chats.posting import post
from shared.context import Context
from shared.errors import ChatClosed, NotFound
from shared.http.answers import Bare
from shared.store.query import PageInfo

if TYPE_CHECKING:
    from shared.chats.models import MessageOut
    from shared.chats.sending_models import ConversationList, NewDirectMessage


def send_direct(ctx: Context, body: "NewDirectMessage") -> "MessageOut":
    """Write to one person; the chat of the two is made with the first message.

    Raises `MayNotContact`, and `ChatClosed` where what connected them has ended.
    """
    chat = direct_chat(ctx, body.receiver_id)
    ctx.about("chats", chat.id)
    if chat not in ctx.unit.pending(Chat):
        try:
            chat = access_chat(ctx, chat.id, to="post")
        except NotFound:
            raise ChatClosed from None
    message = post(ctx, chat, kind="text", text=body.message, sender_id=ctx.caller.id, client_id=body.client_message_id)
    return present(ctx, chat, [message], [])[0]


def conversations(ctx: Context, query: "ConversationList") -> Bare["MessageOut"]:
    """The messages with one person, or the last of every direct conversation, newest first."""
    return _with(ctx, query) if query.conversation_with is not None else _latest(ctx, query)


def _with(ctx: Context, query: "ConversationList") -> Bare["MessageOut"]:
    me, other = ctx.caller.id, str(query.conversation_with)
    chat_id = direct_chat_id(me, other)
    want_chat(ctx.unit, chat_id, me)
    ctx.unit.want(Receipt, member_id(chat_id, other))
    if ctx.unit.get(Chat, chat_id) is None:
        return Bare([], PageInfo(total=0, page=query.page, limit=query.limit, total_pages=0))
    chat = access_chat(ctx, chat_id, to="read")
    page = ctx.unit.page(MESSAGES, query, chatId=chat_id)
    theirs = ctx.unit.get(Receipt, member_id(chat_id, other))
    return Bare(present(ctx, chat, page.data, [theirs] if theirs else []), page.pagination)


def _latest(ctx: Context, query: "ConversationList") -> Bare["MessageOut"]:
    page = ctx.unit.page(INBOX, query, userId=ctx.caller.id, active=True, archived=False, type="Direct")
    written = [row for row in page.data if row.last_message_id is not None]
    for row in written:
        ctx.unit.want(Message, str(row.last_message_id))
        ctx.unit.want(Chat, row.chat_id)
        for user_id in filter(None, (row.user_id, row.other_id)):
            ctx.unit.want(Receipt, member_id(row.chat_id, user_id))
    rows = still_open(ctx, written)
    messages = ctx.unit.get_all(Message, [str(row.last_message_id) for row in rows]) if rows else []
    shown = []
    for row, message in zip(rows, messages, strict=True):
        chat = ctx.unit.get(Chat, row.chat_id)
        if message is None or chat is None:
            continue
        if row.patient_id is not None:
            ctx.touch(row.patient_id)
        theirs = ctx.unit.get(Receipt, member_id(chat.id, row.other_id)) if row.other_id else None
        shown += present(ctx, chat, [message], [theirs] if theirs else [])
    return Bare(shown, page.pagination)
