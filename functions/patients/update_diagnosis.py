"""Change a diagnosis on a patient's record.

Doctors only. What is left out stays; `isActive` and an end say that it is over.
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_body_models import DiagnosisChange
from shared.patients.clinical_documents import Diagnosis
from shared.patients.clinical_models import DiagnosisOut


@endpoint("PUT /patients/{patientId}/diagnoses/{diagnosisId}", access=doctors)
def update_diagnosis(ctx: Context, patientId: str, diagnosisId: str, body: DiagnosisChange) -> DiagnosisOut:
    patient = access_patient(ctx, patientId, to="write")
    return DiagnosisOut.model_validate(clinical.change_entry(ctx, Diagnosis, patient, diagnosisId, body))
