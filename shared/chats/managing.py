"""Making and changing chats, and deciding who takes part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared.chats.access import access_chat, may_message
from shared.chats.chat_models import ChatOut, ParticipantOut
from shared.chats.contacts import STAFF, direct_chat, may_contact, reachable
from shared.chats.detail_models import ChatDetail
from shared.chats.documents import (
    MEMBERS_OF_CHAT,
    MOST_PARTICIPANTS,
    MOST_RECIPIENTS,
    Chat,
    ChatMember,
    member_id,
)
from shared.chats.history import history
from shared.chats.membership import ROLES, join, leave
from shared.chats.posting import post
from shared.chats.receipts import announce
from shared.chats.sms import opened_again, sms_chat_id
from shared.chats.wording import locale_of
from shared.context import Context
from shared.errors import AlreadyDone, ChatIsFixed, Detail, MayNotContact, NotFound, RoleNotAllowed, ValidationFailed
from shared.patients.documents import Relationship
from shared.patients.people import whole
from shared.patients.relationships import access_patient, relationship_id
from shared.store.document import new_id
from shared.store.query import Page
from shared.users.documents import Role, User

if TYPE_CHECKING:
    from shared.chats.chat_body_models import ChatChange, NewChat, NewParticipant, OwnOptions
    from shared.chats.detail_models import ChatView

#: What patients and family may start; staff may start anything.
_STARTED_BY: dict[Role, frozenset[str]] = {
    Role.PATIENT: frozenset({"Direct", "Care Team", "Family Update"}),
    Role.FAMILY: frozenset({"Direct"}),
}


def create(ctx: Context, body: "NewChat") -> ChatOut:
    """Make a chat with the caller as its administrator; of a Direct or SMS chat that is there already, that one.

    Raises `RoleNotAllowed`, `NotFound` for a patient the caller cannot see, `MayNotContact`.
    """
    if body.type not in _STARTED_BY.get(ctx.caller.role, {body.type}):
        raise ctx.refuse(RoleNotAllowed("Your role may not start a chat of this type."))
    if body.type == "Direct":
        chat = direct_chat(ctx, body.participant_ids[0])
        return _answered(ctx, chat)
    ids = [u for u in dict.fromkeys(body.participant_ids) if u != ctx.caller.id]
    most = MOST_RECIPIENTS if body.type == "Broadcast" else MOST_PARTICIPANTS
    if len(ids) >= most:
        raise ValidationFailed(details=[Detail("participantIds", f"are more than {most - 1}")])
    if body.type == "Broadcast":
        users = [contact.user for contact in may_contact(ctx, ids)]
        return _made(ctx, body, users, new_id())
    users = _about_patient(ctx, body, ids) if body.patient_id is not None else _staff(ctx, body, ids)
    key = sms_chat_id(ctx, body.phone_number) if body.type == "SMS" and body.phone_number else new_id()
    if body.type == "SMS":
        # Joining asks for them where the number has its chat.
        for user in (ctx.caller.user, *users):
            ctx.unit.want(ChatMember, member_id(key, user.id))
    stored = ctx.unit.get(Chat, key, deleted=True) if body.type == "SMS" else None
    return _made(ctx, body, users, key) if stored is None else _of_number(ctx, stored, body, users)


def _of_number(ctx: Context, chat: Chat, body: "NewChat", users: Sequence[User]) -> ChatOut:
    """The one chat of a number: who asks for it again joins it.

    Of a patient's, with the patient's relationship; of nobody's, administrators, who then add whom it concerns.
    """
    me = ctx.caller
    outsider = chat.patient_id is None and me.id not in chat.member_ids and me.role is not Role.ADMIN
    if chat.patient_id != body.patient_id or (outsider and not chat.deleted):
        raise ctx.refuse(MayNotContact())
    history = not chat.deleted
    if chat.deleted:
        chat = opened_again(ctx, chat)
    chat = join(ctx, chat, [me.user, *users], history=history, admins=[me.id])
    return _answered(ctx, chat)


def _about_patient(ctx: Context, body: "NewChat", ids: Sequence[str]) -> list[User]:
    """Users who may take part in a chat about a patient, the caller among them."""
    assert body.patient_id is not None  # noqa: S101 - the caller has looked
    everybody = [*ids, ctx.caller.id]
    for user_id in everybody:
        ctx.unit.want(User, user_id)
        ctx.unit.want(Relationship, relationship_id(body.patient_id, user_id))
    access_patient(ctx, body.patient_id, to="read", scope="messages")
    return [_eligible(ctx, body.type, body.patient_id, user_id) for user_id in everybody][:-1]


def _eligible(ctx: Context, chat_type: str, patient_id: str, user_id: str) -> User:
    """The user, if they may take part in a chat of this type about this patient; the commit rests on it."""
    user = ctx.unit.get(User, user_id)
    relation = ctx.unit.get(Relationship, relationship_id(patient_id, user_id))
    if (
        user is None
        or not reachable(user)
        or user.role not in ROLES[chat_type]  # type: ignore[index]
        or relation is None
        or not may_message(relation.in_force(ctx.now))
    ):
        raise ctx.refuse(MayNotContact())
    if chat_type == "Care Team" and user.role is Role.PATIENT and user.patient_id != patient_id:
        # Somebody's family who happens to be a patient, too.
        raise ctx.refuse(MayNotContact())
    ctx.unit.rest_on(relation)
    return user


def _staff(ctx: Context, body: "NewChat", ids: Sequence[str]) -> list[User]:
    """Staff, for a chat about no patient."""
    users = [u for u in ctx.unit.get_all(User, ids) if u is not None and reachable(u)] if ids else []
    if len(users) < len(ids) or any(user.role not in ROLES[body.type] for user in users):
        raise ctx.refuse(MayNotContact())
    return users


def _made(ctx: Context, body: "NewChat", users: Sequence[User], key: str) -> ChatOut:
    me = ctx.caller
    chat = ctx.unit.create(
        Chat(
            id=key,
            type=body.type,
            name=body.name or body.phone_number or body.type,
            patient_id=body.patient_id,
            phone_number=body.phone_number,
            member_ids=[],
            created_by=me.id,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    ctx.about("chats", key)
    chat = join(ctx, chat, [me.user, *users], history=True, admins=[me.id], new=True)
    return ChatOut.of(chat, ctx.unit.get(ChatMember, member_id(key, me.id)), ctx.settings, ctx.locale)


def _answered(ctx: Context, chat: Chat) -> ChatOut:
    ctx.about("chats", chat.id)
    row = ctx.unit.get(ChatMember, member_id(chat.id, ctx.caller.id))
    if row is not None and row not in ctx.unit.pending(ChatMember):
        ctx.answer_status = 200
    return ChatOut.of(chat, row, ctx.settings, ctx.locale)


def detail(ctx: Context, chat: Chat, view: "ChatView") -> ChatDetail:
    """A chat with its participants and latest messages."""
    page, (rows,) = history(
        ctx, chat, view.listed(), ctx.unit.reading(MEMBERS_OF_CHAT, chatId=chat.id, active=True, limit=_most(chat))
    )
    own = ctx.unit.get(ChatMember, member_id(chat.id, ctx.caller.id))
    mine = own if ctx.caller.id in chat.member_ids else None
    base = ChatOut.of(chat, mine, ctx.settings, locale_of(ctx, [mine.last_notice if mine else None]))
    return ChatDetail(
        **base.model_dump(),
        participants=_people(ctx, chat, rows),
        messages=page.data,
        pagination=page.pagination,
    )


def participants(ctx: Context, chat: Chat) -> Page[ParticipantOut]:
    """Who takes part, in the order of joining; of a broadcast its recipients see only who writes in it."""
    rows = ctx.unit.find(MEMBERS_OF_CHAT, chatId=chat.id, active=True, limit=_most(chat))
    return whole(_people(ctx, chat, rows))


def _most(chat: Chat) -> int:
    return MOST_RECIPIENTS + 1 if chat.type == "Broadcast" else MOST_PARTICIPANTS + 1


def _people(ctx: Context, chat: Chat, rows: Sequence[ChatMember]) -> list[ParticipantOut]:
    current = [row for row in rows if row.user_id in chat.member_ids]
    if chat.type == "Broadcast" and ctx.caller.id not in chat.admin_ids and ctx.caller.role is not Role.ADMIN:
        current = [row for row in current if row.user_id in chat.admin_ids or row.user_id == ctx.caller.id]
    return [ParticipantOut.of(chat, row) for row in current]


def change(ctx: Context, chat: Chat, body: "ChatChange") -> ChatOut:
    """Rename a chat, or pin it for the caller. Raises `ChatIsFixed` for the name of a Direct chat."""
    if body.name is not None and body.name != chat.name:
        if chat.type == "Direct":
            raise ChatIsFixed
        chat = ctx.unit.update(chat, name=body.name, updated_at=ctx.now)
        announce(ctx, chat.member_ids, "chat:updated", {"chatId": chat.id})
        ctx.enqueue("refresh_inboxes", chat.id)
    row = ctx.unit.get(ChatMember, member_id(chat.id, ctx.caller.id))
    if row is not None and ctx.caller.id in chat.member_ids:
        changes: dict[str, Any] = {"is_pinned": body.is_pinned} if body.is_pinned is not None else {}
        row = ctx.unit.update(row, **changes | ({"title": body.name} if body.name is not None else {}))
    return ChatOut.of(chat, row if ctx.caller.id in chat.member_ids else None, ctx.settings, ctx.locale)


def keep(ctx: Context, chat: Chat, body: "OwnOptions") -> ChatOut:
    """Mute, archive or pin a chat for the caller. Raises `NotFound` for somebody who only oversees it."""
    row = _own_row(ctx, chat)
    changes = {name: value for name, value in body.given().items() if value is not None}
    row = ctx.unit.update(row, **changes)
    me = ctx.caller.id
    if row.muted != (me in chat.muted_ids):
        muted = [*chat.muted_ids, me] if row.muted else [m for m in chat.muted_ids if m != me]
        chat = ctx.unit.update(chat, muted_ids=muted)
    return ChatOut.of(chat, row, ctx.settings, ctx.locale)


def pin(ctx: Context, chat: Chat, pinned: bool | None) -> ChatOut:
    """Pin or unpin a chat for the caller; without saying which, the other way round."""
    row = _own_row(ctx, chat)
    row = ctx.unit.update(row, is_pinned=not row.is_pinned if pinned is None else pinned)
    return ChatOut.of(chat, row, ctx.settings, ctx.locale)


def _own_row(ctx: Context, chat: Chat) -> ChatMember:
    row = ctx.unit.get(ChatMember, member_id(chat.id, ctx.caller.id))
    if row is None or ctx.caller.id not in chat.member_ids:
        raise ctx.refuse(NotFound())
    return row


def delete(ctx: Context, chat: Chat) -> None:
    """Delete a chat for everybody; its messages are kept as long as messages are. Raises `ChatIsFixed`."""
    if chat.type == "Direct":
        raise ChatIsFixed
    row = ctx.unit.get(ChatMember, member_id(chat.id, ctx.caller.id))
    if row is not None:
        ctx.unit.update(row, active=False, left_at=ctx.now)
    ctx.unit.delete(chat)
    announce(ctx, chat.member_ids, "chat:deleted", {"chatId": chat.id})
    ctx.enqueue("refresh_inboxes", chat.id)


def add(ctx: Context, chat_id: str, body: "NewParticipant") -> ParticipantOut:
    """Let somebody take part. Raises what `access_chat` does, `ChatIsFixed`, `AlreadyDone`, `MayNotContact`."""
    known = ctx.unit.seen(Chat, chat_id)
    if known is not None and known.patient_id is not None:
        # With what access asks for where it is in doubt.
        ctx.unit.want(Relationship, relationship_id(known.patient_id, body.user_id))
    chat = access_chat(ctx, chat_id, to="manage")
    if chat.type == "Direct":
        raise ChatIsFixed
    if body.user_id in chat.member_ids:
        raise AlreadyDone("This user takes part already.")
    if len(chat.member_ids) >= (MOST_RECIPIENTS if chat.type == "Broadcast" else MOST_PARTICIPANTS):
        raise ValidationFailed(details=[Detail("userId", "is one too many: the chat is full")])
    ctx.unit.want(ChatMember, member_id(chat.id, body.user_id))
    ctx.unit.want(User, body.user_id)
    if chat.patient_id is not None:
        user = _eligible(ctx, chat.type, chat.patient_id, body.user_id)
    elif chat.type == "Broadcast":
        user = may_contact(ctx, [body.user_id])[0].user
    else:
        found = ctx.unit.get(User, body.user_id)
        if found is None or not reachable(found) or found.role not in ROLES[chat.type]:
            raise ctx.refuse(MayNotContact())
        user = found
    history = body.share_history
    if history is None:
        history = chat.patient_id is not None and (user.role in STAFF or user.patient_id == chat.patient_id)
    chat = join(ctx, chat, [user], history=history, admins=[user.id] if body.is_admin else [])
    announce(ctx, [u for u in chat.member_ids if u != user.id], "chat:updated", {"chatId": chat.id})
    if chat.type != "Broadcast":
        post(ctx, chat, kind="system", notice="joined", text=user.name, ref=("users", user.id))
    row = ctx.unit.get(ChatMember, member_id(chat.id, user.id))
    if row is None:
        raise LookupError("a participant who has just joined has a row")
    return ParticipantOut.of(chat, row)


def set_admin(ctx: Context, chat: Chat, user_id: str, is_admin: bool) -> ParticipantOut:
    """Make a participant an administrator of the chat, or no longer one.

    Raises `NotFound`, `ChatIsFixed` in a Direct chat and for the last administrator.
    """
    row = ctx.unit.get(ChatMember, member_id(chat.id, user_id))
    if row is None or user_id not in chat.member_ids:
        raise ctx.refuse(NotFound())
    admins = [a for a in chat.admin_ids if a != user_id] + ([user_id] if is_admin else [])
    if chat.type == "Direct" or not admins:
        raise ChatIsFixed("This chat needs an administrator. Make somebody else one first.")
    if is_admin != (user_id in chat.admin_ids):
        chat = ctx.unit.update(chat, admin_ids=admins, updated_at=ctx.now)
        announce(ctx, chat.member_ids, "chat:updated", {"chatId": chat.id})
    return ParticipantOut.of(chat, row)


def remove(ctx: Context, chat: Chat, user_id: str) -> None:
    """End somebody's part in a chat, at once. Raises `NotFound`, `ChatIsFixed`."""
    row = ctx.unit.get(ChatMember, member_id(chat.id, user_id))
    if user_id not in chat.member_ids:
        raise ctx.refuse(NotFound())
    if chat.type == "Direct":
        raise ChatIsFixed
    chat = leave(ctx, chat, row, user_id)
    if row is not None and chat.member_ids and chat.type != "Broadcast":
        post(ctx, chat, kind="system", notice="left", text=row.name, ref=("users", user_id))
