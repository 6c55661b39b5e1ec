"""List the clinicians on a patient's care team, who joined last first."""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient
from shared.patients.care_team import members
from shared.patients.care_team_models import MemberOut
from shared.store.query import Page


# 4: names are those of the accounts now, which follow from the list; a copy would be late, or a write per rename.
@endpoint("GET /patients/{patientId}/care-team", access=signed_in, trips=4, errors=[ScopeNotGranted])
def list_care_team(ctx: Context, patientId: str) -> Page[MemberOut]:
    return members(ctx, access_patient(ctx, patientId, to="read"))
