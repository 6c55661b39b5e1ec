"""The SMS chat of a telephone number: where texts to and from it are kept."""

import uuid

from shared.chats.contacts import reachable
from shared.chats.documents import Chat, ChatMember, member_id
from shared.chats.membership import ROLES, join
from shared.context import Context
from shared.patients.documents import RELATED_USERS, Relationship
from shared.users.documents import USERS, User

#: Clinicians of a patient, or administrators, who get a number's texts.
_MOST_READERS = 20


def sms_chat_id(ctx: Context, phone: str) -> str:
    """Id of the one chat of a number; the number cannot be read from it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:sms:{ctx.unit.sealer.blind('phone', phone)}"))


def sms_chat(ctx: Context, phone: str, patient_id: str | None) -> Chat:
    """The SMS chat of `phone` (E.164), made if there is none.

    Of a patient's number, the care team's clinicians take part; of one that is no patient's, the administrators, who
    add whom it concerns. For workers and webhooks: it decides no access.
    """
    key = sms_chat_id(ctx, phone)
    chat = ctx.unit.get(Chat, key, deleted=True)
    if chat is not None and not chat.deleted:
        return chat
    users = _readers(ctx, patient_id if chat is None else chat.patient_id)
    for user in users:
        ctx.unit.want(ChatMember, member_id(key, user.id))
    if chat is not None:
        return join(ctx, opened_again(ctx, chat), users, history=False, admins=[user.id for user in users])
    chat = ctx.unit.create(
        Chat(
            id=key,
            type="SMS",
            name=phone,
            phone_number=phone,
            patient_id=patient_id,
            member_ids=[],
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    return join(ctx, chat, users, history=True, admins=[user.id for user in users])


def opened_again(ctx: Context, chat: Chat) -> Chat:
    """A number's chat that was deleted, for new texts: nobody takes part yet. Who joins sees nothing from before."""
    return ctx.unit.update(
        chat, deleted=False, deleted_at=None, deleted_by=None, member_ids=[], admin_ids=[], muted_ids=[]
    )


def _readers(ctx: Context, patient_id: str | None) -> list[User]:
    if patient_id is None:
        return [u for u in ctx.unit.find(USERS, role="Admin", isActive=True, limit=_MOST_READERS) if reachable(u)]
    relations: list[Relationship] = ctx.unit.find(RELATED_USERS, patientId=patient_id, active=True, limit=500)
    treating = [r for r in relations if any(s.kind == "care_team" for s in r.in_force(ctx.now))][:_MOST_READERS]
    users = ctx.unit.get_all(User, [r.user_id for r in treating])
    return [u for u in users if u is not None and u.role in ROLES["SMS"] and reachable(u)]
