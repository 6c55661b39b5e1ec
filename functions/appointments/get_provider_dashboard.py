"""Get the provider's figures (seed 001).

Today's visits, those to come, what became of the past ones, and the next.
"""

from shared.http import Context, endpoint, providers
from shared.scheduling.booking.list_models import ProviderDashboard
from shared.scheduling.booking.listing import provider_dashboard, provider_dashboard_reads


@endpoint("GET /provider/dashboard", access=providers, trips=3, reads=provider_dashboard_reads)
def get_provider_dashboard(ctx: Context) -> ProviderDashboard:
    return provider_dashboard(ctx)
