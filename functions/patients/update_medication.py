"""Change a medication on a patient's record.

Doctors only. What is left out stays; `isActive` and an end say that it is over.
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_body_models import MedicationChange
from shared.patients.clinical_documents import Medication
from shared.patients.clinical_models import MedicationOut


@endpoint("PUT /patients/{patientId}/medications/{medicationId}", access=doctors)
def update_medication(ctx: Context, patientId: str, medicationId: str, body: MedicationChange) -> MedicationOut:
    patient = access_patient(ctx, patientId, to="write")
    return MedicationOut.model_validate(clinical.change_entry(ctx, Medication, patient, medicationId, body))
