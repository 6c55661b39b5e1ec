"""Put an allergy on a patient's record.

Doctors only. `severity` is mild (if it is left out), moderate or severe (seed 000 §1.5).
"""

from shared.http import Context, doctors, endpoint
from shared.patients import access_patient, clinical
from shared.patients.clinical_body_models import NewAllergy
from shared.patients.clinical_models import AllergyOut


@endpoint("POST /patients/{patientId}/allergies", access=doctors, status=201)
def add_allergy(ctx: Context, patientId: str, body: NewAllergy) -> AllergyOut:
    patient = access_patient(ctx, patientId, to="write")
    return AllergyOut.model_validate(clinical.add_allergy(ctx, patient, body))
