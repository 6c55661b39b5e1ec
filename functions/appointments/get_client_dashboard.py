"""Get the patient's figures (seed 001)."""

from shared.http import Context, endpoint, patients
from shared.scheduling.booking.list_models import ClientDashboard
from shared.scheduling.booking.listing import client_dashboard
from shared.scheduling.booking.showing import viewer_reads


@endpoint("GET /client/dashboard", access=patients, trips=3, reads=viewer_reads)
def get_client_dashboard(ctx: Context) -> ClientDashboard:
    return client_dashboard(ctx)
