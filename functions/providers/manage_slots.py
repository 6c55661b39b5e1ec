"""Set the rules one's slots follow.

Slot length, buffer and notice in minutes; recurring hours with breaks, as rules for as many weekdays as named;
holidays and special hours. `recurring` replaces the weekly hours; a holiday or special day that is there already is
not made again, so the call can be repeated. 409 TIME_ZONE_IN_USE as in PUT /providers/{providerId}/availability.
"""

from shared.errors import StaleRecord, TimeZoneInUse
from shared.http import Context, doctors_only, endpoint
from shared.scheduling.doctor import manage_slots as managed
from shared.scheduling.doctor_models import SlotRulesIn, SlotRulesOut
from shared.scheduling.profiles import provider_reads


@endpoint(
    "PUT /doctor/slot-management",
    access=doctors_only,
    errors=[StaleRecord, TimeZoneInUse],
    trips=3,
    reads=provider_reads,
)
def manage_slots(ctx: Context, body: SlotRulesIn) -> SlotRulesOut:
    return managed(ctx, body)
