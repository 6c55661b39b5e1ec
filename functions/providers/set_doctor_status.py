"""Set one's availability.

Available, unavailable, on vacation, or away in an emergency (whose patients are told at once); an absence lasts to
`to`, else to the end of the day, and gives way to what is said next. Working hours and whether new patients are taken
may be set with it. `affected` are the appointments inside an absence, each with a new slot.
"""

from shared.http import Context, doctors_only, endpoint
from shared.scheduling.doctor import set_status
from shared.scheduling.doctor_models import DoctorStatusIn, DoctorStatusOut
from shared.scheduling.profiles import provider_reads


@endpoint("PUT /doctor/availability", access=doctors_only, trips=3, reads=provider_reads)
def set_doctor_status(ctx: Context, body: DoctorStatusIn) -> DoctorStatusOut:
    return set_status(ctx, body)
