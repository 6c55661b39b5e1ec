"""Who may reach a call.

Those who take part. Besides them clinicians with a relationship to the patient it is about, and administrators, may
read that it took place, and what was recorded of it. A clinician who took part and has lost the relationship sees a
call that is over no longer.
"""

from typing import Literal

from shared.calls.documents import Call, Recording
from shared.context import Context, reads_by_path, row_access
from shared.errors import NotCallHost, NotFound
from shared.patients.documents import Relationship
from shared.patients.relationships import related, relationship_id
from shared.users.documents import Role

#: read: see it · join: take part · host: decide about it · write: make something of what was said.
Access = Literal["read", "join", "host", "write"]

reads_by_path("callId", lambda call_id, _: ((Call, call_id),))


@row_access
def access_call(ctx: Context, call_id: str, *, to: str = "read") -> Call:
    """The call, if the caller may do `to` with it. Raises `NotFound` or `NotCallHost`, audited."""
    call = ctx.unit.get(Call, call_id)
    ctx.about("calls", call_id)
    if call is None or call.erased:
        raise ctx.refuse(NotFound())
    part = call.part(ctx.caller.id)
    if call.patient_id is not None:
        ctx.touch(call.patient_id)
    if part is None or (not call.live and ctx.caller.role.is_clinician and call.patient_id is not None):
        if (part is None and to in {"join", "host"}) or not _related(ctx, call):
            raise ctx.refuse(NotFound())
        if ctx.caller.role is Role.ADMIN:
            ctx.trail.details["oversight"] = True
    if to == "host" and part is not None and part.room_role != "host":
        raise ctx.refuse(NotCallHost())
    if to == "write" and ctx.caller.role not in {Role.ADMIN, Role.DOCTOR, Role.NURSE}:
        raise ctx.refuse(NotCallHost())
    ctx.checked("access_call", call_id, to)
    return call


def want_relation(ctx: Context, call_id: str) -> None:
    """Ask for what decides whether the caller may see a call through its patient, with what is read next."""
    call = ctx.unit.get(Call, call_id)
    if call is not None and call.patient_id is not None:
        ctx.unit.want(Relationship, relationship_id(call.patient_id, ctx.caller.id))


def want_latest(ctx: Context, call_id: str) -> None:
    """Ask for the latest recording of a call, with what access to the call asks for: of one that is over, a batch."""
    call = ctx.unit.get(Call, call_id)
    if call is not None and call.recording_ids:
        ctx.unit.want(Recording, call.recording_ids[-1])


def _related(ctx: Context, call: Call) -> bool:
    """Whether the caller may see it through the patient."""
    if call.patient_id is None:
        return False
    if ctx.caller.role is Role.ADMIN:
        return True
    ctx.unit.want(Relationship, relationship_id(call.patient_id, ctx.caller.id))
    sources = related(ctx.unit, call.patient_id, ctx.caller.id)
    return ctx.caller.role.is_clinician and any(s.kind not in {"family", "self"} for s in sources)
