"""Take a medication off a patient's record.

Doctors only; for what was entered by mistake. It is kept, with who took it off and when.
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_documents import Medication


@endpoint("DELETE /patients/{patientId}/medications/{medicationId}", access=doctors)
def remove_medication(ctx: Context, patientId: str, medicationId: str) -> None:
    clinical.remove_entry(ctx, Medication, access_patient(ctx, patientId, to="write"), medicationId)
