"""Lists of calls: somebody's own, or those about a patient."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shared.calls.documents import CALLS_OF_PATIENT, LOGS_OF_USER, Call, spoken
from shared.calls.log_models import LogOut, log_out
from shared.context import Context
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import access_patient, relationship_id
from shared.store.document import Document
from shared.store.query import Page
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.calls.log_models import CallList


def named(said: Mapping[str, Any], user_id: str) -> Iterable[tuple[type[Document], str]]:
    """The patient a query names, read with the session."""
    patient_id = said.get("patientId")
    if isinstance(patient_id, str) and 0 < len(patient_id) <= 40 and patient_id.replace("-", "").isalnum():
        yield Patient, patient_id
        yield Relationship, relationship_id(patient_id, user_id)


def listed(ctx: Context, query: "CallList") -> Page[LogOut]:
    """A page of calls that are over, latest first. Raises `NotFound` or `ScopeNotGranted` for a patient's."""
    span = (query.from_, query.to)
    if query.patient_id is not None:
        return _of_patient(ctx, query, query.patient_id, span)
    chosen: dict[str, Any] = {"callType": query.type, "status": query.status, "direction": query.direction}
    if query.direction == "missed":
        chosen |= {"direction": "incoming", "status": "missed"}
    wanted = {name: value for name, value in chosen.items() if value is not None}
    page = ctx.unit.page(LOGS_OF_USER, query, userId=ctx.caller.id, span=span, **wanted)
    return page.map([log_out(row) for row in page.data])


def _of_patient(ctx: Context, query: "CallList", patient_id: str, span: Any) -> Page[LogOut]:
    access_patient(ctx, patient_id, to="read")
    wanted: dict[str, Any] = {"callType": query.type} if query.type is not None else {}
    page = ctx.unit.page(CALLS_OF_PATIENT, query, patientId=patient_id, span=span, **wanted)
    return page.map([_row(call, ctx.caller.role) for call in page.data])


def _row(call: Call, role: Role) -> LogOut:
    answered = call.answered_at is not None
    own = role.is_clinician or role is Role.ADMIN
    return LogOut(
        id=call.id,
        call_id=call.id,
        # As the practice sees it: who called whom.
        direction="outgoing" if own == _by_staff(call) else "incoming",
        type=call.call_type,
        status="answered" if answered else "declined" if call.state == "declined" else "missed",
        duration=spoken(call.duration_seconds),
        duration_seconds=call.duration_seconds or 0,
        participants=[{"id": i, "name": call.names.get(i)} for i in call.user_ids],
        patient_id=call.patient_id,
        created_at=call.created_at,
        ended_at=call.ended_at,
    )


def _by_staff(call: Call) -> bool:
    part = call.part(call.initiated_by)
    return part is not None and part.room_role == "host"
