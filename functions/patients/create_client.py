"""Add a client of the provider (seed 001).

Makes a record whose provider is the caller, puts them on its care team, and invites the client by e-mail.
"""

from shared.http import Context, endpoint, providers
from shared.patients.client_models import ClientOut, NewClient
from shared.patients.clients import add_client


@endpoint("POST /provider/clients", access=providers, status=201)
def create_client(ctx: Context, body: NewClient) -> ClientOut:
    return add_client(ctx, body)
