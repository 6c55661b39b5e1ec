"""Record that a patient no longer agrees to something.

By those who may give it. Answers the new entry; access of family that rests on the consent ends. One given on a call
ends there: recording stops, and what was made of the call is erased, as by `POST /calls/{callId}/consent` with false.
409 ALREADY_DONE for one that was withdrawn before.
"""

from shared.calls.consenting import withdrawn
from shared.errors import AlreadyDone, ScopeNotGranted
from shared.http import Context, endpoint, patient_admins
from shared.patients import access_patient, sharing
from shared.patients.consent_models import ConsentOut


@endpoint(
    "DELETE /patients/{patientId}/consents/{consentId}",
    access=patient_admins,
    trips=3,
    errors=[AlreadyDone, ScopeNotGranted],
)
def withdraw_consent(ctx: Context, patientId: str, consentId: str) -> ConsentOut:
    patient = access_patient(ctx, patientId, to="manage")
    entry = sharing.withdraw_consent(ctx, patient, consentId)
    withdrawn(ctx, entry)
    return ConsentOut.model_validate(entry)
