"""Change a patient's own profile, medical facts and preferences included.

What is left out stays, `null` clears. Source: seed 002, `/api/user`.
"""

from shared.http import Context, endpoint, patients
from shared.users import profile
from shared.users.patient_profile_models import PatientProfileOut, PatientProfileUpdate
from shared.users.preferences import reads


@endpoint("PUT /user/profile", access=patients, reads=reads, trips=3)
def update_profile(ctx: Context, body: PatientProfileUpdate) -> PatientProfileOut:
    return profile.update_patient_profile(ctx, body)
