"""List the allergies on a patient's record, newest first."""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient, clinical
from shared.patients.clinical_documents import ALLERGIES_OF_PATIENT
from shared.patients.clinical_models import AllergyOut
from shared.store.query import Page, Paging


@endpoint("GET /patients/{patientId}/allergies", access=signed_in, trips=3, errors=[ScopeNotGranted])
def list_allergies(ctx: Context, patientId: str, query: Paging) -> Page[AllergyOut]:
    patient = access_patient(ctx, patientId, to="read")
    page = clinical.entries(ctx, ALLERGIES_OF_PATIENT, patient, query)
    return page.map([AllergyOut.model_validate(entry) for entry in page.data])
