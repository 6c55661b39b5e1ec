"""Take an event of 100ms.

With the secret it was configured with in `X-Webhook-Secret`, else 401. One that comes twice changes nothing, and their
order does not matter: who is in the room, that its session is over, that a recording is ready.
"""

from shared.calls.webhook_models import VendorEvent
from shared.calls.webhooks import receive
from shared.errors import SignatureInvalid
from shared.http import Context, endpoint, public


@endpoint(
    "POST /calls/webhook",
    access=public,
    kind="webhook",
    errors=[SignatureInvalid],
    trips=None,
    secrets=["HUNDRED_MS_WEBHOOK_SECRET"],
)
def receive_call_event(ctx: Context, body: VendorEvent) -> None:
    receive(ctx, body)
