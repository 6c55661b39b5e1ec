"""Put a diagnosis on a patient's record.

Doctors only. Dates are YYYY-MM-DD, not in the future, and a diagnosis does not end before it was made (seed 000 §1.3).
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_body_models import NewDiagnosis
from shared.patients.clinical_models import DiagnosisOut


@endpoint("POST /patients/{patientId}/diagnoses", access=doctors, status=201)
def add_diagnosis(ctx: Context, patientId: str, body: NewDiagnosis) -> DiagnosisOut:
    patient = access_patient(ctx, patientId, to="write")
    return DiagnosisOut.model_validate(clinical.add_diagnosis(ctx, patient, body))
