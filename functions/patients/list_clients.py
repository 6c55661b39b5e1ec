"""List the provider's clients (seed 001).

Patients whose provider is the caller, newest record first; administrators see everybody. A bare array, paged by the
X- headers.
"""

from shared.http import Bare, Context, endpoint, providers
from shared.patients.client_models import ClientOut
from shared.patients.clients import clients
from shared.store.query import Paging


@endpoint("GET /provider/clients", access=providers, trips=3)
def list_clients(ctx: Context, query: Paging) -> Bare[ClientOut]:
    return clients(ctx, query)
