"""Take a diagnosis off a patient's record.

Doctors only; for what was entered by mistake. It is kept, with who took it off and when.
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_documents import Diagnosis


@endpoint("DELETE /patients/{patientId}/diagnoses/{diagnosisId}", access=doctors)
def remove_diagnosis(ctx: Context, patientId: str, diagnosisId: str) -> None:
    clinical.remove_entry(ctx, Diagnosis, access_patient(ctx, patientId, to="write"), diagnosisId)
