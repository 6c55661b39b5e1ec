"""Show a patient's own profile, medical facts and preferences included.

Source: seed 002, `/api/user`.
"""

from shared.http import Context, endpoint, patients
from shared.users.patient_profile_models import PatientProfileOut
from shared.users.preferences import reads
from shared.users.profile import patient_profile


@endpoint("GET /user/profile", access=patients, reads=reads, trips=3)
def get_profile(ctx: Context) -> PatientProfileOut:
    return patient_profile(ctx)
