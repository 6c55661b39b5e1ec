"""Make a patient's record.

The clinician who makes it is on its care team; an administrator is not. `mrn` is made when it is left out (`MRN-` and
8 characters) and unique; with `userId` the record is joined to an account that has none, and takes its name. Dates are
YYYY-MM-DD. 409 MRN_TAKEN when another patient has the number (seeds 000 §2.3, 003 §8.1).
"""

from shared.errors import MrnTaken
from shared.http import Context, clinicians, endpoint
from shared.patients.chart import make
from shared.patients.models import PatientOut
from shared.patients.record_models import NewPatient


@endpoint("POST /patients", access=clinicians, status=201, trips=3, errors=[MrnTaken])
def create_patient(ctx: Context, body: NewPatient) -> PatientOut:
    return make(ctx, body)
