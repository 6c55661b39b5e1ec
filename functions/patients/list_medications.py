"""List the medications on a patient's record, newest first."""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient, clinical
from shared.patients.clinical_documents import MEDICATIONS_OF_PATIENT
from shared.patients.clinical_models import MedicationOut
from shared.store.query import Page, Paging


@endpoint("GET /patients/{patientId}/medications", access=signed_in, trips=3, errors=[ScopeNotGranted])
def list_medications(ctx: Context, patientId: str, query: Paging) -> Page[MedicationOut]:
    patient = access_patient(ctx, patientId, to="read")
    page = clinical.entries(ctx, MEDICATIONS_OF_PATIENT, patient, query)
    return page.map([MedicationOut.model_validate(entry) for entry in page.data])
