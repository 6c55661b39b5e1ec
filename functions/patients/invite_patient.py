"""Invite a patient to open the account of a record that the clinic made.

Sends a code by e-mail that works once, for that address, until `expiresAt`; an earlier one stops working. Registering
with it as `inviteCode` joins the record. 409 PATIENT_HAS_ACCOUNT for a patient who has one.
"""

from shared.errors import PatientHasAccount, ScopeNotGranted
from shared.http import Context, clinicians, endpoint
from shared.patients import access_patient
from shared.patients.consent_models import InvitationOut, NewInvitation
from shared.patients.invitations import invite


@endpoint(
    "POST /patients/{patientId}/invite", access=clinicians, status=201, errors=[PatientHasAccount, ScopeNotGranted]
)
def invite_patient(ctx: Context, patientId: str, body: NewInvitation) -> InvitationOut:
    patient = access_patient(ctx, patientId, to="manage")
    return InvitationOut.model_validate(invite(ctx, patient, body.email))
