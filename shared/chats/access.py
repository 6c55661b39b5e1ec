"""Who may do what in a chat.

Those who take part read and post; the chat's own admins decide who takes part. A chat about a patient asks more: a
relationship to the patient that is in force now and, for family, includes `messages`. It is checked in the request's
first batch, without knowing the patient yet: whoever loses a relationship is marked in the same commit
(`accessLosses/{userId}`), and only while that mark is being worked off, or when the access a row was made with has run
out, the relationship itself is read. So access ends with the commit that ends the relationship, and costs no trip.

Who has left sees nothing of the chat any more, not even what they saw or wrote: messages, files, list and live events
are all refused as if they did not exist. Who joins sees the past only if the one who added them shared it.

An administrator who does not take part may read and manage chats about patients, never post in them, and the audit
says so. Chats about no patient are open to their participants alone.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from shared.chats.documents import Chat, ChatMember, Message, Receipt, member_id
from shared.context import Context, reads_by_path, row_access
from shared.errors import ChatClosed, NotChatAdmin, NotFound, PostingNotAllowed
from shared.patients.documents import AccessLoss, Relationship, Source
from shared.patients.relationships import related, relationship_id
from shared.store.unit import Unit
from shared.users.documents import Role

#: read: see it · post: write in it · manage: decide who takes part.
Access = Literal["read", "post", "manage"]


def first_batch(chat_id: str, user_id: str) -> Iterable[tuple[type[Any], str]]:
    """What deciding about a person's access to a chat takes."""
    own = member_id(chat_id, user_id)
    return ((Chat, chat_id), (ChatMember, own), (Receipt, own), (AccessLoss, user_id))


reads_by_path("chatId", first_batch)
reads_by_path("messageId", lambda message_id, user_id: ((Message, message_id), (AccessLoss, user_id)))


@row_access
def access_chat(ctx: Context, chat_id: str, *, to: Access) -> Chat:
    """The chat, if the caller may do `to` in it.

    Raises `NotFound` (also for somebody who has left), `NotChatAdmin`, `PostingNotAllowed` in a broadcast of others,
    `ChatClosed` where nobody is left to read it.
    """
    want_chat(ctx.unit, chat_id, ctx.caller.id)
    chat = ctx.unit.get(Chat, chat_id)
    ctx.about("chats", chat_id)
    if chat is None:
        raise ctx.refuse(NotFound())
    if chat.patient_id is not None:
        ctx.touch(chat.patient_id)
    takes_part = is_participant(ctx.unit, chat, ctx.caller.id)
    if not takes_part:
        if ctx.caller.role is not Role.ADMIN or chat.patient_id is None or to == "post":
            raise ctx.refuse(NotFound())
        ctx.trail.details["oversight"] = True
    elif to == "manage" and ctx.caller.id not in chat.admin_ids:
        raise ctx.refuse(NotChatAdmin())
    elif to == "post":
        if chat.type == "Broadcast" and ctx.caller.id not in chat.admin_ids:
            raise ctx.refuse(PostingNotAllowed())
        if chat.type != "SMS" and chat.member_ids == [ctx.caller.id]:
            raise ChatClosed
    ctx.checked("access_chat", chat_id, to)
    return chat


@row_access
def access_message(ctx: Context, message_id: str, *, to: Access) -> tuple[Message, Chat]:
    """The message and its chat, if the caller may do `to` in the chat and sees so far back. Raises `NotFound`."""
    message = ctx.unit.get(Message, message_id)
    if message is None:
        ctx.about("messages", message_id)
        raise ctx.refuse(NotFound())
    _want(ctx, message)
    chat = access_chat(ctx, message.chat_id, to=to)
    ctx.about("messages", message_id)
    since = sees_from(ctx.unit, chat, ctx.caller.id)
    if since is not None and message.order < since:
        raise ctx.refuse(NotFound())
    ctx.checked("access_message", message_id, to)
    return message, chat


def ahead(ctx: Context, message_id: str, *reads: Callable[[Message], Callable[[], Any]]) -> list[Any]:
    """Run queries about a message in the trip that reads its chat for `access_message`; what each has found.

    It decides nothing: whoever asks for access next may be refused, and then nobody sees what was read.
    """
    message = ctx.unit.get(Message, message_id)
    if message is None:
        return [[] for _ in reads]
    _want(ctx, message)
    return ctx.unit.together(ctx.unit.reading_wanted(), *(read(message) for read in reads))[1:]


def _want(ctx: Context, message: Message) -> None:
    want_chat(ctx.unit, message.chat_id, ctx.caller.id)
    if message.patient_id is not None:
        ctx.unit.want(Relationship, relationship_id(message.patient_id, ctx.caller.id))


def want_chat(unit: Unit, chat_id: str, user_id: str) -> None:
    """Ask for what deciding about a person's access to a chat takes."""
    for wanted in first_batch(chat_id, user_id):
        unit.want(*wanted)


def is_participant(unit: Unit, chat: Chat, user_id: str) -> bool:
    """Whether somebody takes part in a chat now: they joined, and what their access rests on still holds."""
    if user_id not in chat.member_ids:
        return False
    if chat.patient_id is None or not _doubted(unit, chat, user_id):
        return True
    return may_message(related(unit, chat.patient_id, user_id))


def _doubted(unit: Unit, chat: Chat, user_id: str) -> bool:
    """Whether somebody may have lost what their part in a chat rests on."""
    loss, row = unit.get(AccessLoss, user_id), unit.get(ChatMember, member_id(chat.id, user_id))
    fresh = row is not None and (row.access_until is None or row.access_until > unit.now)
    return not fresh or (loss is not None and loss.pending)


def want_doubted(unit: Unit, chat_id: str, user_id: str) -> None:
    """Ask for the relationship that decides where access is in doubt, with what is read next, if the chat has been."""
    chat = unit.seen(Chat, chat_id)
    if chat is not None and chat.patient_id is not None and _doubted(unit, chat, user_id):
        unit.want(Relationship, relationship_id(chat.patient_id, user_id))


def may_message(sources: Iterable[Source]) -> bool:
    """Whether these reasons to reach a patient include their chats."""
    return any(source.kind != "family" or "messages" in source.scopes for source in sources)


def lasts_until(sources: Iterable[Source]) -> datetime | None:
    """When the last reason that includes chats runs out; None for never."""
    ends = [s.expires_at for s in sources if s.kind != "family" or "messages" in s.scopes]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def sees_from(unit: Unit, chat: Chat, user_id: str) -> datetime | None:
    """The time from which on somebody sees a chat's messages; None: from its beginning."""
    row = unit.get(ChatMember, member_id(chat.id, user_id))
    return row.sees_from if row is not None and user_id in chat.member_ids else None


class Participant(NamedTuple):
    """Somebody who takes part in a chat."""

    user_id: str
    is_admin: bool
    muted: bool


def participants_of(chat: Chat) -> list[Participant]:
    """Who takes part, in the order of joining."""
    return [Participant(u, u in chat.admin_ids, u in chat.muted_ids) for u in chat.member_ids]
