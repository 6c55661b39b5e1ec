"""List the vital signs of a patient, newest first.

`startDate` and `endDate` are days (UTC) or times, both included. Values carry the names of both seeds: `systolicBp` and
`systolic`, `diastolicBp` and `diastolic`, `recordedDate` and `date`. Units as in POST.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient
from shared.patients.clinical_models import VitalsOut
from shared.patients.series_models import VitalsList
from shared.patients.vitals_history import history
from shared.store.query import Page


@endpoint("GET /patients/{patientId}/vitals", access=signed_in, trips=3, errors=[ScopeNotGranted])
def list_vitals(ctx: Context, patientId: str, query: VitalsList) -> Page[VitalsOut]:
    return history(ctx, access_patient(ctx, patientId, to="read"), query)
