"""Change an allergy on a patient's record.

Doctors only. What is left out stays; `isActive` says whether it is still of concern.
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_body_models import AllergyChange
from shared.patients.clinical_documents import Allergy
from shared.patients.clinical_models import AllergyOut


@endpoint("PUT /patients/{patientId}/allergies/{allergyId}", access=doctors)
def update_allergy(ctx: Context, patientId: str, allergyId: str, body: AllergyChange) -> AllergyOut:
    patient = access_patient(ctx, patientId, to="write")
    return AllergyOut.model_validate(clinical.change_entry(ctx, Allergy, patient, allergyId, body))
