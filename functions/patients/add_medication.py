"""Put a medication on a patient's record.

Doctors only. `prescribingDoctorId` is a doctor's user id; a course does not end before it starts (seed 000 §1.4).
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_body_models import NewMedication
from shared.patients.clinical_models import MedicationOut


@endpoint("POST /patients/{patientId}/medications", access=doctors, status=201, trips=3)
def add_medication(ctx: Context, patientId: str, body: NewMedication) -> MedicationOut:
    patient = access_patient(ctx, patientId, to="write")
    return MedicationOut.model_validate(clinical.add_medication(ctx, patient, body))
