"""Read a patient's record by its medical record number.

As GET /patients/{patientId}; case does not matter. One round trip more than that: whose number it is has to be known
before it can be checked who may see it.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients.chart import read_by_mrn
from shared.patients.fields import Mrn
from shared.patients.models import PatientDetail


# 4: read ahead of the check, what is on a record would tell by its time that a number is somebody's.
@endpoint("GET /patients/mrn/{mrn}", access=signed_in, trips=4, errors=[ScopeNotGranted])
def get_patient_by_mrn(ctx: Context, mrn: Mrn) -> PatientDetail:
    return read_by_mrn(ctx, mrn)
