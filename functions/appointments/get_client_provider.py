"""Get the patient's own provider (seed 001).

404 while none has been assigned: a provider who makes the record (POST /provider/clients) is its provider.
"""

from shared.errors import NotFound, ProviderNotFound
from shared.http import Context, endpoint, patients
from shared.scheduling.own_provider import client_provider
from shared.scheduling.provider_models import ProviderDetail


@endpoint("GET /client/provider", access=patients, trips=3, errors=[NotFound, ProviderNotFound])
def get_client_provider(ctx: Context) -> ProviderDetail:
    return client_provider(ctx)
