"""Who looked at a patient's record: the patient's own view of the audit trail (45 CFR 164.528)."""

from shared.context import Context
from shared.errors import ScopeNotGranted
from shared.patients.consent_models import AccessOut
from shared.patients.documents import Patient
from shared.patients.relationships import related
from shared.store.audit import ACCESS_LOG
from shared.store.query import Page, Paging
from shared.users.documents import Role


def accesses(ctx: Context, patient: Patient, paging: Paging) -> Page[AccessOut]:
    """A page of the accesses, newest first. Raises `ScopeNotGranted` for everybody but the patient and administrators.

    Names are those of the time of the access. No addresses or devices: those are staff's own data.
    """
    own = any(source.kind == "self" for source in related(ctx.unit, patient.id, ctx.caller.id))
    if not own and ctx.caller.role is not Role.ADMIN:
        raise ctx.refuse(ScopeNotGranted())
    page = ctx.unit.page(ACCESS_LOG, paging, patientIds=patient.id)
    return page.map(
        [
            AccessOut(
                id=entry.id,
                timestamp=entry.timestamp,
                user_id=entry.user_id,
                name=entry.user_name,
                role=entry.user_role,
                action=entry.action,
                outcome=entry.status,
                reason=entry.reason,
            )
            for entry in page.data
        ]
    )
