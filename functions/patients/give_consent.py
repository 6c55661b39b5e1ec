"""Record that a patient agrees to something.

By the patient, a clinician on the care team, or an administrator; the entry says who recorded it. Access for family is
given by POST …/family-grants, which records its consent itself.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient, sharing
from shared.patients.consent_models import ConsentOut, NewConsent


@endpoint("POST /patients/{patientId}/consents", access=patient_admins, status=201, errors=[ScopeNotGranted])
def give_consent(ctx: Context, patientId: str, body: NewConsent) -> ConsentOut:
    patient = access_patient(ctx, patientId, to="manage")
    return ConsentOut.model_validate(sharing.give_consent(ctx, patient, body))
