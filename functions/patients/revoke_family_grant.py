"""End a family member's access to a patient's record at once.

By those who may give it. The consent it rests on is withdrawn.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient
from shared.patients.sharing import revoke_access


@endpoint(
    "DELETE /patients/{patientId}/family-grants/{grantId}", access=patient_admins, trips=3, errors=[ScopeNotGranted]
)
def revoke_family_grant(ctx: Context, patientId: str, grantId: str) -> None:
    revoke_access(ctx, access_patient(ctx, patientId, to="manage"), grantId)
