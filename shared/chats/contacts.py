"""Who may contact whom (RESOLUTIONS), and the Direct chat of two people.

Staff write to staff; clinicians to patients they have a relationship with and to family these let into their messages,
and the other way round; nobody else. Nobody learns whether an account exists by trying.
"""

from collections.abc import Iterable
from typing import NamedTuple

from shared.chats.access import may_message, want_chat
from shared.chats.documents import Chat, ChatMember, direct_chat_id, member_id
from shared.chats.membership import join
from shared.context import Context
from shared.errors import MayNotContact
from shared.patients.documents import Relationship
from shared.patients.relationships import pairs_through, relationship_id
from shared.users.documents import Role, User

STAFF = frozenset({Role.ADMIN, Role.DOCTOR, Role.NURSE})


class Contact(NamedTuple):
    """Somebody the caller may write to, and the patient that connects them (none among staff)."""

    user: User
    patient_id: str | None
    #: What this rests on.
    relations: tuple[Relationship, ...] = ()


def may_contact(ctx: Context, user_ids: Iterable[str]) -> list[Contact]:
    """These people, if the caller may write to each of them; else `MayNotContact`.

    One trip for all relationships; one before where the accounts have not been read.
    """
    ids = list(dict.fromkeys(user_ids))
    me = ctx.caller.user
    users = [user for user in ctx.unit.get_all(User, ids) if user is not None and reachable(user)]
    if len(users) < len(ids) or me.id in ids:
        raise ctx.refuse(MayNotContact())
    found = {user.id: Contact(user, None) for user in users if me.role in STAFF and user.role in STAFF}
    outside = [user for user in users if user.id not in found]
    if outside:
        found |= _directly(ctx, _related(ctx, me, outside), outside)
        found |= _through_grants(ctx, me, [user for user in outside if user.id not in found])
    if len(found) < len(ids):
        raise ctx.refuse(MayNotContact())
    return [found[user_id] for user_id in ids]


def reachable(user: User) -> bool:
    """Whether an account can take part in anything: active, and a clinician's credentials verified."""
    return user.is_active and (not user.role.is_clinician or user.verification == "approved")


#: A clinician and the patient they may have a relationship with, by the id of the one of them who is contacted.
_Pairs = dict[str, tuple[str, str]]


def _related(ctx: Context, me: User, users: list[User]) -> _Pairs:
    """Who of these would be the caller's patient or clinician; asks for all relationships that may matter."""
    pairs: _Pairs = {}
    for user in users:
        if me.role.is_clinician and user.patient_id is not None:
            pairs[user.id] = (user.patient_id, me.id)
            # Joining asks for the patient's own.
            ctx.unit.want(Relationship, relationship_id(user.patient_id, user.id))
        elif user.role.is_clinician and me.patient_id is not None:
            pairs[user.id] = (me.patient_id, user.id)
    for pair in pairs.values():
        ctx.unit.want(Relationship, relationship_id(*pair))
    for user in users:
        for through in _through(me, user):
            for pair in through:
                ctx.unit.want(Relationship, relationship_id(*pair))
    return pairs


def _through(me: User, user: User) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Patients that may connect a clinician with somebody's family: the family's pair, and the clinician's."""
    family, clinician = (user, me) if me.role in STAFF else (me, user)
    if not clinician.role.is_clinician or family.role in STAFF:
        return []
    return pairs_through(family, clinician.id)


def _directly(ctx: Context, pairs: _Pairs, users: list[User]) -> dict[str, Contact]:
    """Clinician and patient with a relationship, either way round."""
    relations = ctx.unit.get_all(Relationship, [relationship_id(*pair) for pair in pairs.values()])
    by_user = dict(zip(pairs, relations, strict=True))
    return {
        user.id: Contact(user, pairs[user.id][0], (relation,))
        for user in users
        if (relation := by_user.get(user.id)) is not None and may_message(relation.in_force(ctx.now))
    }


def _through_grants(ctx: Context, me: User, users: list[User]) -> dict[str, Contact]:
    """Clinician and family member with a grant of one of the clinician's patients, either way round."""
    contacts: dict[str, Contact] = {}
    for user in users:
        for given, treated in _through(me, user):
            grant, treating = ctx.unit.get_all(Relationship, [relationship_id(*given), relationship_id(*treated)])
            if (
                grant is not None
                and treating is not None
                and may_message(source for source in grant.in_force(ctx.now) if source.kind == "family")
                and may_message(treating.in_force(ctx.now))
            ):
                contacts[user.id] = Contact(user, grant.patient_id, (grant, treating))
                break
    return contacts


def direct_chat(ctx: Context, user_id: str) -> Chat:
    """The Direct chat of the caller and somebody else, made if there is none.

    Raises `MayNotContact`. Where both take part already, what connects them is not looked at again: `access_chat` does.
    """
    me = ctx.caller
    chat_id = direct_chat_id(me.id, user_id)
    want_chat(ctx.unit, chat_id, me.id)
    ctx.unit.want(ChatMember, member_id(chat_id, user_id))
    ctx.unit.want(User, user_id)
    if me.user.patient_id is not None:
        for own in (user_id, me.id):
            ctx.unit.want(Relationship, relationship_id(me.user.patient_id, own))
    chat = ctx.unit.get(Chat, chat_id)
    if chat is not None and set(chat.member_ids) == {me.id, user_id}:
        return chat
    contact = may_contact(ctx, [user_id])[0]
    for relation in contact.relations:
        ctx.unit.rest_on(relation)
    if chat is None:
        chat = ctx.unit.create(
            Chat(
                id=chat_id,
                type="Direct",
                patient_id=contact.patient_id,
                member_ids=[],
                created_by=me.id,
                created_at=ctx.now,
                updated_at=ctx.now,
            )
        )
    elif chat.patient_id != contact.patient_id:
        # What connects the two is another patient now, or none any more.
        chat = ctx.unit.update(chat, patient_id=contact.patient_id)
    if chat.patient_id is not None:
        ctx.touch(chat.patient_id)
    both = [me.user, contact.user]
    return join(ctx, chat, [u for u in both if u.id not in chat.member_ids], history=True, others=both)
