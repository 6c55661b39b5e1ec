"""Put a clinician on a patient's care team.

By the patient, a clinician on the team, or an administrator. Only doctors and nurses with verified credentials can be
on it; they are told. 409 ALREADY_DONE for somebody who is.
"""

from shared.errors import AlreadyDone, ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient
from shared.patients.care_team import add_member
from shared.patients.care_team_models import MemberOut, NewMember


@endpoint(
    "POST /patients/{patientId}/care-team",
    access=patient_admins,
    status=201,
    trips=3,
    errors=[AlreadyDone, ScopeNotGranted],
)
def add_care_team_member(ctx: Context, patientId: str, body: NewMember) -> MemberOut:
    return add_member(ctx, access_patient(ctx, patientId, to="manage"), body.user_id)
