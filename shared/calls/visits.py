"""The call of an appointment's video visit, opened by whoever comes first.

The room is made once, under a name that follows from the appointment. Patients wait in it until a clinician lets them
in; by Google Meet that is Meet's own affair. A call that was ended is followed by another, as long as the visit can be
joined.
"""

from shared.calls import rooms
from shared.calls.documents import Call, Participant, visit_call_id
from shared.calls.meet import When
from shared.context import Context
from shared.errors import VisitNotOpen
from shared.scheduling.booking.documents import Appointment
from shared.users.documents import Role, User

#: Calls one visit can have, should it be ended and joined again.
_MOST = 10
#: So many are read at once.
_FIRST = 3


def open_visit(ctx: Context, appointment: Appointment) -> Call:
    """The call of a visit, made if there is none; who may join, and when, has been seen to.

    Raises `CallsUnavailable`, `CallsNotConfigured`; `VisitNotOpen` when it was ended too often.
    """
    ids = [user_id for user_id in (appointment.patient_user_id, *appointment.people) if user_id is not None]
    for user_id in ids:
        ctx.unit.want(User, user_id)
    for number in range(_FIRST):
        ctx.unit.want(Call, visit_call_id(appointment.id, number))
    for number in range(_MOST):
        call_id = visit_call_id(appointment.id, number)
        call = ctx.unit.get(Call, call_id)
        if call is None:
            return _made(ctx, appointment, call_id, list(dict.fromkeys(ids)))
        if call.live:
            return call
    raise VisitNotOpen


def _made(ctx: Context, appointment: Appointment, call_id: str, ids: list[str]) -> Call:
    users = [user for user in ctx.unit.get_all(User, ids) if user is not None]
    room = rooms.open_room(ctx, call_id, visit=When(appointment.start, appointment.end))
    ours = room.provider == "100ms"
    parts = [
        Participant(
            user_id=user.id,
            role=user.role.value,
            room_role="host" if _staff(user) else "guest",
            state="invited",
            admitted=not ours or _staff(user),
        )
        for user in users
    ]
    return ctx.unit.create(
        Call(
            id=call_id,
            call_type="video",
            state="open",
            provider=room.provider,
            room_id=room.room_id,
            meeting_url=room.url,
            waiting_room=ours,
            initiated_by=appointment.provider_id,
            participants=parts,
            names={user.id: user.name for user in users},
            patient_id=appointment.patient_id,
            appointment_id=appointment.id,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )


def _staff(user: User) -> bool:
    return user.role in {Role.ADMIN, Role.DOCTOR, Role.NURSE}
