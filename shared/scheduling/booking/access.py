"""Who may reach an appointment.

The patient, the staff who are part of it, clinicians with a relationship to the patient, administrators; family reads
with the scope `appointments`. Everybody else cannot tell it from one that does not exist.
"""

from typing import Literal

from shared.context import Context, reads_by_path, row_access
from shared.errors import NotFound, ScopeNotGranted
from shared.patients.documents import Relationship
from shared.patients.relationships import readable, related, relationship_id
from shared.scheduling.booking.documents import Appointment
from shared.users.documents import Role

#: read: see it · change: move, cancel, confirm it · attend: take part in it · manage: say how it went.
Access = Literal["read", "change", "attend", "manage"]

reads_by_path("appointmentId", lambda appointment_id, _: ((Appointment, appointment_id),))


@row_access
def access_appointment(ctx: Context, appointment_id: str, *, to: Access) -> Appointment:
    """The appointment, if the caller may do `to` with it. Raises `NotFound` or `ScopeNotGranted`, audited."""
    appointment = ctx.unit.get(Appointment, appointment_id)
    ctx.about("appointments", appointment_id)
    caller = ctx.caller
    own = appointment is not None and _part_of(appointment, caller.id, caller.user.patient_id, to)
    if appointment is None or not (own or caller.role is Role.ADMIN):
        # Also for one that is not there: what a refusal costs must not tell the two apart.
        patient_id = appointment.patient_id if appointment is not None else appointment_id
        sources = related(ctx.unit, patient_id, caller.id)
        if appointment is None:
            raise ctx.refuse(NotFound())
        ctx.touch(patient_id)
        if not sources and not _is_patient(appointment, caller.user.patient_id):
            raise ctx.refuse(NotFound())
        relation = ctx.unit.get(Relationship, relationship_id(patient_id, caller.id))
        clinician = caller.role.is_clinician and any(s.kind not in {"family", "self"} for s in sources)
        if to == "attend" or not clinician:
            family = relation is not None and readable(relation, ctx.now, scope="appointments")
            if to != "read" or not family:
                raise ctx.refuse(ScopeNotGranted())
    ctx.touch(appointment.patient_id)
    ctx.checked("access_appointment", appointment_id, to)
    return appointment


def _is_patient(appointment: Appointment, patient_id: str | None) -> bool:
    return patient_id is not None and appointment.patient_id == patient_id


def _part_of(appointment: Appointment, user_id: str, patient_id: str | None, to: Access) -> bool:
    return user_id in appointment.people or (to != "manage" and _is_patient(appointment, patient_id))
