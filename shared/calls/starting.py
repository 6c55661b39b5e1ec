"""Beginning calls: ringing people, and meetings they come to.

Who may call whom is who may write to whom. A call with a patient is about that patient, and everybody on it has a
relationship to them.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from shared.calls import rooms
from shared.calls.documents import Call, CallState, CallType, Participant
from shared.calls.joining import joined
from shared.calls.models import CallOut, values
from shared.calls.visits import open_visit
from shared.chats import access_chat, may_contact
from shared.chats.access import want_doubted
from shared.chats.contacts import STAFF, Contact
from shared.chats.documents import Chat, direct_chat_id
from shared.context import PATH_READS, Context
from shared.errors import MayNotContact
from shared.events import NotificationType
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import access_patient, relationship_id
from shared.scheduling.visits import visit_to_join
from shared.store.document import Document, new_id
from shared.users.documents import User

if TYPE_CHECKING:
    from shared.calls.models import JoinedCall
    from shared.calls.starting_models import NewCall, NewMeeting

#: A ring is no news any more after so long.
RINGING: Final = timedelta(seconds=60)
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_READ: Final = 20


def named(said: Mapping[str, Any], user_id: str) -> Iterable[tuple[type[Document], str]]:
    """What a body names, read with the session: those who are called, the chat, the patient or the visit."""
    several = said.get("recipientIds", said.get("participantIds"))
    ids = [said.get("recipientId"), *(several if isinstance(several, list) else [])]
    people = [i for i in ids[:_MOST_READ] if _is_id(i)]
    for other in people:
        yield User, other
    chat_id, patient_id, visit_id = said.get("chatId"), said.get("patientId"), said.get("appointmentId")
    if _is_id(visit_id):
        yield from PATH_READS["appointmentId"](visit_id, user_id)
    if _is_id(chat_id):
        yield from PATH_READS["chatId"](chat_id, user_id)
    elif len(people) == 1:
        yield Chat, direct_chat_id(user_id, people[0])
    if _is_id(patient_id):
        yield Patient, patient_id
        for who in (user_id, *people):
            yield Relationship, relationship_id(patient_id, who)


def _is_id(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def initiate(ctx: Context, body: "NewCall") -> "JoinedCall":
    """Call somebody: their apps ring, by push and socket; missed after CALL_RING_SECONDS.

    Raises `MayNotContact`, `NotFound` (chat or patient), `CallsUnavailable`, `CallsNotConfigured`.
    """
    key = _repeatable_id(ctx)
    ctx.unit.want(Call, key)
    if body.chat_id is not None:
        want_doubted(ctx.unit, body.chat_id, ctx.caller.id)
    people, patient_id = _people(ctx, body.recipients, body.patient_id)
    before = ctx.unit.get(Call, key)
    if before is not None and before.live and before.initiated_by == ctx.caller.id:
        return joined(ctx, before)
    chat_id = _chat(ctx, body, [user.id for user in people])
    call = _made(ctx, new_id() if before is not None else key, body.call_type, people, "ringing", patient_id, chat_id)
    others = [user.id for user in people if user.id != ctx.caller.id]
    told = {"callId": call.id, "callType": call.call_type, "initiatedBy": ctx.caller.id, "roomId": call.room_id}
    ctx.emit(others, "call:initiated", told | ({"chatId": chat_id} if chat_id else {}), life=RINGING)
    ctx.notify(others, NotificationType.CALL_INCOMING, ("calls", call.id), f"call:{call.id}")
    rings_out = ctx.now + timedelta(seconds=ctx.settings.call_ring_seconds)
    ctx.enqueue("miss_call", call.id, at=rings_out, dedupe_key=f"miss:{call.id}")
    return joined(ctx, call)


def create_meeting(ctx: Context, body: "NewMeeting") -> CallOut:
    """A meeting people come to by themselves. Raises what `initiate` does, and for a visit what joining one does."""
    if body.appointment_id is not None:
        visit = open_visit(ctx, visit_to_join(ctx, body.appointment_id))
        return CallOut.model_validate(values(visit, ctx.settings))
    key = _repeatable_id(ctx)
    ctx.unit.want(Call, key)
    people, patient_id = _people(ctx, body.participant_ids or [], None)
    before = ctx.unit.get(Call, key)
    call = before
    if call is None or not call.live or call.initiated_by != ctx.caller.id:
        free = new_id() if before is not None else key
        call = _made(ctx, free, body.call_type, people, "open", patient_id, None, waiting_room=body.waiting_room)
        others = [user.id for user in people if user.id != ctx.caller.id]
        ctx.emit(others, "meeting:created", {"callId": call.id, "initiatedBy": ctx.caller.id})
    return CallOut.model_validate(values(call, ctx.settings))


def _repeatable_id(ctx: Context) -> str:
    """The same for a request that is made again: after a conflict, or by an app that heard no answer."""
    request = ctx.headers.get("idempotency-key") or ctx.request_id
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:call:{ctx.caller.id}:{request}:{ctx.now:%Y%m%d}"))


def _people(ctx: Context, ids: Iterable[str], patient_id: str | None) -> tuple[list[User], str | None]:
    """Caller and called, and the patient the call is about."""
    ids = list(ids)
    _want_relations(ctx, [user for user in ctx.unit.get_all(User, ids) if user is not None])
    contacts = may_contact(ctx, ids)
    if patient_id is not None:
        access_patient(ctx, patient_id, to="write")
    patients = {contact.patient_id for contact in contacts if contact.patient_id is not None}
    patients |= {patient_id} if patient_id is not None else set()
    if len(patients) > 1:
        raise ctx.refuse(MayNotContact())
    about = next(iter(patients), None)
    if about is not None:
        _all_related(ctx, about, contacts)
        ctx.touch(about)
    return [ctx.caller.user, *(contact.user for contact in contacts)], about


def _want_relations(ctx: Context, users: list[User]) -> None:
    """Ask for what `_all_related` reads, with what `may_contact` does: whom staff bring along may be any patient."""
    patients = {patient for user in users for patient in (user.patient_id, *user.family_of) if patient is not None}
    for user in users:
        if user.role in STAFF:
            for patient_id in patients:
                ctx.unit.want(Relationship, relationship_id(patient_id, user.id))


def _all_related(ctx: Context, patient_id: str, contacts: list[Contact]) -> None:
    staff = [c.user.id for c in contacts if c.patient_id is None]
    relations = ctx.unit.get_all(Relationship, [relationship_id(patient_id, i) for i in staff]) if staff else []
    if not all(relation is not None and relation.in_force(ctx.now) for relation in relations):
        raise ctx.refuse(MayNotContact())


def _chat(ctx: Context, body: "NewCall", people: list[str]) -> str | None:
    """The chat that gets a message of the call: the one named, or the two people's own if they have one."""
    if body.chat_id is not None:
        chat = access_chat(ctx, body.chat_id, to="post")
        if not set(people) <= set(chat.member_ids):
            raise ctx.refuse(MayNotContact())
        return chat.id
    if len(people) != 2:
        return None
    direct = ctx.unit.get(Chat, direct_chat_id(*people))
    return direct.id if direct is not None and set(direct.member_ids) == set(people) else None


def _made(
    ctx: Context,
    call_id: str,
    call_type: CallType,
    people: list[User],
    state: CallState,
    patient_id: str | None,
    chat_id: str | None,
    *,
    waiting_room: bool = False,
) -> Call:
    room = rooms.open_room(ctx, call_id)
    ringing = state == "ringing"
    parts = [
        Participant(
            user_id=user.id,
            role=user.role.value,
            room_role="host" if user.role in STAFF else "guest",
            state=("joined" if user.id == ctx.caller.id else "ringing") if ringing else "invited",
            admitted=not waiting_room or user.role in STAFF,
            joined_at=ctx.now if ringing and user.id == ctx.caller.id else None,
        )
        for user in people
    ]
    call = Call(
        id=call_id,
        call_type=call_type,
        state=state,
        provider=room.provider,
        room_id=room.room_id,
        meeting_url=room.url,
        waiting_room=waiting_room,
        initiated_by=ctx.caller.id,
        participants=parts,
        names={user.id: user.name for user in people},
        patient_id=patient_id,
        chat_id=chat_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.about("calls", call_id)
    return ctx.unit.create(call)
