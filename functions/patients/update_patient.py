"""Change a patient's record.

What is left out stays, `null` clears a field. A new name is also the account's. With `If-Match` (the ETag of GET) a
change made in between is 409 STALE_RECORD; without, changes of different fields both last (seed 003 §5.2).
"""

from shared.errors import MrnTaken, StaleRecord
from shared.http import Context, clinicians, endpoint
from shared.patients import access_patient
from shared.patients.chart import change
from shared.patients.models import PatientDetail
from shared.patients.record_models import PatientChange


@endpoint("PUT /patients/{patientId}", access=clinicians, trips=3, errors=[MrnTaken, StaleRecord])
def update_patient(ctx: Context, patientId: str, body: PatientChange) -> PatientDetail:
    return change(ctx, access_patient(ctx, patientId, to="write"), body)
