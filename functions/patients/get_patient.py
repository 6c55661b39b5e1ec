"""Read a patient's record, with its diagnoses, medications, allergies and latest vital signs.

The union of what seeds 000 and 003 answer. The ETag is the version of the record's own fields: send it as If-Match with
PUT. At most 200 entries of each list and 20 sets of vital signs; their own lists page through all.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient
from shared.patients.chart import read
from shared.patients.models import PatientDetail


@endpoint("GET /patients/{patientId}", access=signed_in, trips=3, errors=[ScopeNotGranted])
def get_patient(ctx: Context, patientId: str) -> PatientDetail:
    return read(ctx, access_patient(ctx, patientId, to="read"))
