"""Change what a family member may see, or until when.

By those who may give it. What is left out stays. The consent it rests on is replaced by another.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient
from shared.patients.sharing import change_access
from shared.patients.sharing_models import GrantChange, GrantOut


@endpoint("PUT /patients/{patientId}/family-grants/{grantId}", access=patient_admins, trips=3, errors=[ScopeNotGranted])
def update_family_grant(ctx: Context, patientId: str, grantId: str, body: GrantChange) -> GrantOut:
    return change_access(ctx, access_patient(ctx, patientId, to="manage"), grantId, body)
