"""Take a clinician off a patient's care team.

By the patient, a clinician on the team (also themselves, also the last), or an administrator. Ends this access at once;
one that a visit gives goes on. 404 for somebody who is not on the team.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient
from shared.patients.care_team import remove_member


@endpoint("DELETE /patients/{patientId}/care-team/{userId}", access=patient_admins, trips=3, errors=[ScopeNotGranted])
def remove_care_team_member(ctx: Context, patientId: str, userId: str) -> None:
    remove_member(ctx, access_patient(ctx, patientId, to="manage"), userId)
