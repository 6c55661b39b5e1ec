"""Lists of chats, and the task that keeps their rows true.

A list costs its page: everything it shows is in the caller's rows. What a row says of the last message and of unread
ones is not counted up message by message, where a lost or repeated step would stay for ever, but worked out anew from
the messages after each person's mark; a run that has nothing to change writes nothing.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.chats.access import may_message
from shared.chats.chat_models import ChatOut
from shared.chats.documents import (
    INBOX,
    MEMBERS_OF_CHAT,
    MESSAGES,
    MOST_RECIPIENTS,
    MOST_UNREAD,
    Chat,
    ChatMember,
    Message,
    Receipt,
)
from shared.chats.membership import title_for
from shared.chats.wording import locale_of
from shared.context import Context
from shared.patients.documents import AccessLoss, Relationship
from shared.patients.relationships import relationship_id
from shared.store.document import Document
from shared.store.query import Page
from shared.users.documents import User
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from shared.chats.chat_body_models import ChatList

#: Letters of the last message that a list shows.
PREVIEW = 200
#: Rows one commit brings up to date.
PER_COMMIT = 200
#: A run that changed something is followed by another so much later: a commit that took long may have missed the
#: run of its own second, and that task's name is taken.
AGAIN_SECONDS = 30
#: Messages this much older than the newest are taken to be all there: commit times do not strictly follow commits.
_SETTLED = timedelta(seconds=30)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def of_caller(user_id: str) -> Iterable[tuple[type[Document], str]]:
    """What a list reads with the session."""
    return ((AccessLoss, user_id), (Preferences, user_id))


def inbox(ctx: Context, query: "ChatList") -> Page[ChatOut]:
    """A page of the caller's chats, those with the latest messages first."""
    page = ctx.unit.page(
        INBOX, query, userId=ctx.caller.id, active=True, archived=query.archived, type=query.type, isPinned=query.pinned
    )
    rows = still_open(ctx, page.data)
    for row in rows:
        if row.patient_id is not None:
            ctx.touch(row.patient_id)
    locale = locale_of(ctx, (row.last_notice for row in rows))
    return page.map([ChatOut.in_list(row, ctx.settings, locale) for row in rows])


def still_open(ctx: Context, rows: list[ChatMember]) -> list[ChatMember]:
    """Rows of chats the caller still reaches: what `access_chat` checks, for a list."""
    loss = ctx.unit.get(AccessLoss, ctx.caller.id)
    doubtful = {
        row.id: relationship_id(row.patient_id, row.user_id)
        for row in rows
        if row.patient_id is not None
        and ((loss is not None and loss.pending) or (row.access_until is not None and row.access_until <= ctx.now))
    }
    if not doubtful:
        return rows
    relations = ctx.unit.get_all(Relationship, list(doubtful.values()))
    lost = {
        key
        for key, relation in zip(doubtful, relations, strict=True)
        if relation is None or not may_message(relation.in_force(ctx.now))
    }
    return [row for row in rows if row.id not in lost]


def refresh(ctx: Context, chat_id: str) -> None:
    """Bring the rows of a chat up to date; run by a task, safe to repeat and to run twice at once."""
    # Rows first: whose row is there has joined by the time the chat is read, and is not taken for one who has left.
    rows = ctx.unit.find(MEMBERS_OF_CHAT, chatId=chat_id, active=True, limit=MOST_RECIPIENTS + PER_COMMIT)
    chat = ctx.unit.get(Chat, chat_id, deleted=True)
    if chat is None:
        return
    changed = False
    for first in range(0, len(rows), PER_COMMIT):
        if changed:
            ctx.unit.commit()
        changed = _refresh(ctx, chat, rows[first : first + PER_COMMIT]) or changed
    if changed:
        slot = int(ctx.now.timestamp()) // AGAIN_SECONDS + 1
        at = datetime.fromtimestamp(slot * AGAIN_SECONDS, UTC)
        ctx.enqueue("refresh_inboxes", chat_id, at=at, dedupe_key=f"{chat_id}:again:{slot}")


def _refresh(ctx: Context, chat: Chat, rows: list[ChatMember]) -> bool:
    for row in rows:
        ctx.unit.want(User, row.user_id)
    receipts = ctx.unit.get_all(Receipt, [row.id for row in rows])
    people = ctx.unit.get_all(User, [row.user_id for row in rows], deleted=True)
    users = {user.id: user for user in people if user is not None}
    seen = [_seen(row, receipt) for row, receipt in zip(rows, receipts, strict=True)]
    # Where everybody has read everything, the window is empty: a run costs what is unread, at most a hundred.
    window, newest = ctx.unit.together(
        ctx.unit.reading(MESSAGES, chatId=chat.id, span=(min(seen, default=_LONG_AGO), None), limit=MOST_UNREAD),
        ctx.unit.reading(MESSAGES, chatId=chat.id, limit=1),
    )
    changed = False
    for row, mark in zip(rows, seen, strict=True):
        fresh = _fresh(chat, row, mark, window or newest, users)
        after = ctx.unit.update(row, **fresh)
        changed = changed or after != row
    return changed


def _seen(row: ChatMember, receipt: Receipt | None) -> datetime:
    """Up to when a person needs nothing counted: what they have read, wrote themselves, or did not get to see."""
    read = receipt.read_through if receipt is not None else None
    unseen = row.sees_from - timedelta(microseconds=1) if row.sees_from else None
    return max(read or _LONG_AGO, unseen or _LONG_AGO, row.clear_through or _LONG_AGO)


def _fresh(
    chat: Chat, row: ChatMember, seen: datetime, messages: list[Message], users: dict[str, User]
) -> dict[str, Any]:
    if chat.deleted or row.user_id not in chat.member_ids:
        return {"active": False}
    user = users.get(row.user_id)
    title, avatar, _ = title_for(chat, row.user_id, users)
    fresh: dict[str, Any] = {"title": title or row.title, "avatar_user_id": avatar}
    if user is not None:
        fresh |= {"name": user.name, "role": user.role.value}
    unread = [m for m in messages if m.order > seen and m.sender_id != row.user_id and not m.gone and _counts(m)]
    fresh["unread"] = len(unread)
    if messages and not unread and seen < messages[0].order - _SETTLED:
        fresh["clear_through"] = messages[0].order - _SETTLED
    visible = [m for m in messages if row.sees_from is None or m.order >= row.sees_from]
    if visible:
        last = visible[0]
        text = None if last.gone else (last.text or last.transcription)
        fresh |= {
            "last_at": last.order,
            "last_message_id": last.id,
            "last_text": text[:PREVIEW] if text else None,
            "last_kind": last.kind,
            "last_notice": last.notice,
            "last_sender_id": last.sender_id,
        }
    return fresh


def _counts(message: Message) -> bool:
    return message.kind != "system"
