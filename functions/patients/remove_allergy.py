"""Take an allergy off a patient's record.

Doctors only; for what was entered by mistake. It is kept, with who took it off and when.
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_documents import Allergy


@endpoint("DELETE /patients/{patientId}/allergies/{allergyId}", access=doctors)
def remove_allergy(ctx: Context, patientId: str, allergyId: str) -> None:
    clinical.remove_entry(ctx, Allergy, access_patient(ctx, patientId, to="write"), allergyId)
