"""Give a family member access to a patient's record.

By the patient, a clinician on the care team, or an administrator, to a Family or Patient account. `scopes` says to
what: health_record, appointments, messages, records, billing. It ends at `expiresAt`, if that is given. Recorded as a
consent, too. 409 DUPLICATE_ENTRY for somebody who has access already.
"""

from shared.errors import DuplicateEntry, ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient
from shared.patients.sharing import give_access
from shared.patients.sharing_models import GrantOut, NewGrant


@endpoint(
    "POST /patients/{patientId}/family-grants",
    access=patient_admins,
    status=201,
    trips=3,
    errors=[DuplicateEntry, ScopeNotGranted],
)
def add_family_grant(ctx: Context, patientId: str, body: NewGrant) -> GrantOut:
    return give_access(ctx, access_patient(ctx, patientId, to="manage"), body)
