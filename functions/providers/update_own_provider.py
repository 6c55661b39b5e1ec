"""Change one's own provider profile.

What is left out stays; `null` clears; a list replaces the list, and entries keep their id by sending it. Specialties
are those of GET /specialties; the NPI must have a valid check digit (45 CFR 162.406) and be nobody else's. Title,
biography and specialty are those of the account, too. A stale `version` is 409 STALE_RECORD.
"""

from shared.errors import NpiTaken, StaleRecord
from shared.http import Context, doctors_only, endpoint
from shared.scheduling.profiles import provider_reads
from shared.scheduling.provider_bodies import ProviderUpdate
from shared.scheduling.provider_models import OwnProvider
from shared.scheduling.providers import update_own


@endpoint(
    "PUT /providers/me",
    "PUT /doctor/profile",
    access=doctors_only,
    errors=[NpiTaken, StaleRecord],
    trips=2,
    reads=provider_reads,
)
def update_own_provider(ctx: Context, body: ProviderUpdate) -> OwnProvider:
    return update_own(ctx, body)
