"""Delete a patient's record.

Administrators only. The record is kept, with who deleted it and when, but nobody reaches it any more: every
relationship ends. Its MRN stays taken (seed 003 §6.2).
"""

from shared.http import Context, admins, endpoint
from shared.patients import access_patient
from shared.patients.records import delete_record


@endpoint("DELETE /patients/{patientId}", access=admins, trips=3)
def delete_patient(ctx: Context, patientId: str) -> None:
    delete_record(ctx, access_patient(ctx, patientId, to="write"))
