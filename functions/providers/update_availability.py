"""Change a provider's hours.

By the provider or an administrator. `weekly` replaces all weekly hours; they are rules (with dates, every so many
weeks), slots follow from them. Times are wall times of `timeZone`: a time that a day's clock skips has no slot, one
that it shows twice means the first. Appointments that are booked stay. 409 TIME_ZONE_IN_USE while anything is booked
or closed ahead, STALE_RECORD for a stale `version`. `affected` are the appointments outside the hours, each with a new
slot, to be moved by POST …/availability/rebook.
"""

from shared.errors import NotYourSchedule, ProviderNotFound, StaleRecord, TimeZoneInUse
from shared.http import Context, doctors, endpoint
from shared.scheduling.rule_models import AvailabilityChanged, AvailabilityIn
from shared.scheduling.rules import access_schedule, change_availability


@endpoint(
    "PUT /providers/{providerId}/availability",
    access=doctors,
    errors=[NotYourSchedule, ProviderNotFound, StaleRecord, TimeZoneInUse],
    trips=3,
)
def update_availability(ctx: Context, providerId: str, body: AvailabilityIn) -> AvailabilityChanged:
    return change_availability(ctx, access_schedule(ctx, providerId), body)
