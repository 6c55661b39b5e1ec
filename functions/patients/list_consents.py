"""List what a patient has agreed to and what they have withdrawn, newest first.

Entries are never changed: a withdrawal is an entry of its own that names the one it withdraws (seed 004 §7.1).
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient
from shared.patients.consent_models import ConsentOut
from shared.patients.sharing import consents
from shared.store.query import Page, Paging


@endpoint("GET /patients/{patientId}/consents", access=signed_in, trips=3, errors=[ScopeNotGranted])
def list_consents(ctx: Context, patientId: str, query: Paging) -> Page[ConsentOut]:
    page = consents(ctx, access_patient(ctx, patientId, to="read"), query)
    return page.map([ConsentOut.model_validate(entry) for entry in page.data])
