"""Get one's own provider profile.

As patients see it, with what they do not: inactive services, whether it is listed, and what is missing from it.
"""

from shared.http import Context, doctors_only, endpoint
from shared.scheduling.profiles import provider_reads
from shared.scheduling.provider_models import OwnProvider
from shared.scheduling.providers import show_own


@endpoint("GET /providers/me", "GET /doctor/profile", access=doctors_only, trips=1, reads=provider_reads)
def get_own_provider(ctx: Context) -> OwnProvider:
    return show_own(ctx)
