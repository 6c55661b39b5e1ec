"""List who looked at a patient's record, newest first.

For the patient themselves and administrators. Refused attempts are listed, too.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient
from shared.patients.access_log import accesses
from shared.patients.consent_models import AccessOut
from shared.store.query import Page, Paging


@endpoint("GET /patients/{patientId}/access-log", access=signed_in, trips=3, errors=[ScopeNotGranted])
def get_access_log(ctx: Context, patientId: str, query: Paging) -> Page[AccessOut]:
    return accesses(ctx, access_patient(ctx, patientId, to="read"), query)
