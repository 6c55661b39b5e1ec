"""Joining and leaving: the chat's document, people's rows, and what is told about it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from shared.chats.access import lasts_until
from shared.chats.documents import Chat, ChatMember, ChatType, member_id
from shared.context import Context
from shared.patients.documents import Relationship
from shared.patients.relationships import relationship_id
from shared.users.documents import Role, User

#: Who may take part in a chat of each type; the patient's own relationship is asked for besides.
ROLES: dict[ChatType, frozenset[Role]] = {
    "Direct": frozenset(Role),
    "Care Team": frozenset({Role.ADMIN, Role.DOCTOR, Role.NURSE, Role.PATIENT}),
    "Family Update": frozenset(Role),
    "Internal Staff": frozenset({Role.ADMIN, Role.DOCTOR, Role.NURSE}),
    "Broadcast": frozenset(Role),
    "SMS": frozenset({Role.ADMIN, Role.DOCTOR, Role.NURSE}),
}


def join(
    ctx: Context,
    chat: Chat,
    users: Sequence[User],
    *,
    history: bool,
    admins: Iterable[str] = (),
    new: bool = False,
    others: Sequence[User] = (),
) -> Chat:
    """Let users take part. The caller has checked that they may; their relationships, if any, have been read.

    With `history` they see what was written before; without, only what comes from now on. A `new` chat, whose id was
    never used, has no rows to look for; `others`, of a Direct chat, are in it already.
    """
    fresh = [user for user in users if user.id not in chat.member_ids]
    if not fresh:
        return chat
    joined = [*chat.member_ids, *(user.id for user in fresh)]
    chat = ctx.unit.update(
        chat,
        member_ids=joined,
        admin_ids=[*chat.admin_ids, *(a for a in admins if a not in chat.admin_ids)],
        updated_at=ctx.now,
    )
    ids = [member_id(chat.id, user.id) for user in fresh]
    if chat.patient_id is not None:
        for user in fresh:
            ctx.unit.want(Relationship, relationship_id(chat.patient_id, user.id))
    rows = [None] * len(ids) if new else ctx.unit.get_all(ChatMember, ids)
    for user, row in zip(fresh, rows, strict=True):
        _store(ctx, chat, user, row, history=history, names={u.id: u for u in (*users, *others)})
    ctx.emit([user.id for user in fresh], "chat:joined", {"chatId": chat.id})
    ctx.enqueue("refresh_inboxes", chat.id)
    return chat


def _store(
    ctx: Context, chat: Chat, user: User, row: ChatMember | None, *, history: bool, names: dict[str, User]
) -> None:
    ends = _ends(ctx, chat, user.id)
    title, avatar, other = title_for(chat, user.id, names)
    fields: dict[str, Any] = {
        "active": True,
        "type": chat.type,
        "patient_id": chat.patient_id,
        "name": user.name,
        "role": user.role.value,
        "title": title,
        "avatar_user_id": avatar,
        "other_id": other,
        "joined_at": ctx.now,
        "left_at": None,
        "sees_from": None if history else ctx.now,
        "access_until": ends,
        "last_at": ctx.now,
    }
    if row is None:
        key = member_id(chat.id, user.id)
        ctx.unit.create(ChatMember(id=key, chat_id=chat.id, user_id=user.id, **fields))
    else:
        ctx.unit.update(row, **fields)


def _ends(ctx: Context, chat: Chat, user_id: str) -> datetime | None:
    if chat.patient_id is None:
        return None
    relation = ctx.unit.get(Relationship, relationship_id(chat.patient_id, user_id))
    return lasts_until(relation.in_force(ctx.now)) if relation else None


def title_for(chat: Chat, user_id: str, users: dict[str, User]) -> tuple[str, str | None, str | None]:
    """What a chat is called in somebody's list, whose picture it has, and the other one of a Direct chat."""
    if chat.type == "Direct":
        other = next((user for key, user in users.items() if key != user_id), None)
        return (other.name, other.id if other.avatar_file_id else None, other.id) if other else ("", None, None)
    return chat.name or chat.phone_number or chat.type, None, None


def leave(ctx: Context, chat: Chat, row: ChatMember | None, user_id: str) -> Chat:
    """End somebody's part in a chat. When its last administrator goes, who has been there longest takes over."""
    left = [member for member in chat.member_ids if member != user_id]
    admins = [admin for admin in chat.admin_ids if admin != user_id]
    if left and not admins and chat.type != "Direct":
        admins = left[:1]
    chat = ctx.unit.update(
        chat,
        member_ids=left,
        admin_ids=admins,
        muted_ids=[m for m in chat.muted_ids if m != user_id],
        updated_at=ctx.now,
    )
    if row is not None:
        ctx.unit.update(row, active=False, left_at=ctx.now, is_pinned=False, muted=False)
    # Whoever left is told as well: their app closes the chat, their gateway stops delivering.
    ctx.emit([*left[:MOST_TOLD], user_id], "chat:left", {"chatId": chat.id, "userId": user_id})
    return chat


#: Participants who are told at once when somebody leaves; the lists of the others follow at their next look.
MOST_TOLD = 200
