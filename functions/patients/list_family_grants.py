"""List the access that family members have to a patient's record, newest first."""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient
from shared.patients.sharing import grants
from shared.patients.sharing_models import GrantOut
from shared.store.query import Page, Paging


# 4: names are those of the accounts now, which follow from the list; a copy would be late, or a write per rename.
@endpoint("GET /patients/{patientId}/family-grants", access=patient_admins, trips=4, errors=[ScopeNotGranted])
def list_family_grants(ctx: Context, patientId: str, query: Paging) -> Page[GrantOut]:
    return grants(ctx, access_patient(ctx, patientId, to="manage"), query)
