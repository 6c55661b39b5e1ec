"""Tell that this API is alive.

For load balancers and uptime checks: touches nothing, needs nobody, is never limited.
"""

from typing import Literal

from shared.http import Context, Out, endpoint, public


class Health(Out):
    """Alive."""

    status: Literal["ok"]
    service: Literal["consentmd"]


@endpoint("GET /health", access=public, trips=0)
def health(ctx: Context) -> Health:
    return Health(status="ok", service="consentmd")
