"""Tell whether this API can work: its database, its file store and its keys answer.

For deployments and for people who look for a fault; load balancers ask `GET /health`. 503 with one detail for each
dependency that does not answer, within about twice DATABASE_TIMEOUT_SECONDS. Keys are unwrapped once per instance, as
every function does; after that they are at hand. Never cached, never limited.
"""

from shared.errors import NotReady
from shared.http import Context, endpoint, public
from shared.readiness import Readiness, confirm


@endpoint("GET /health/ready", access=public, errors=[NotReady], uses=["storage"], trips=1)
def ready(ctx: Context) -> Readiness:
    return confirm(ctx)
