"""Take from Twilio what became of a text message.

Signed by Twilio. Callbacks come twice and in any order: only a step forward changes anything.
"""

from shared.errors import SignatureInvalid
from shared.http import Context, Form, endpoint, public
from shared.messaging import webhooks
from shared.messaging.models import StatusQuery


@endpoint(
    "POST /messaging/webhook/status",
    access=public,
    kind="webhook",
    errors=[SignatureInvalid],
    trips=3,
    uses=["twilio"],
    secrets=["TWILIO_AUTH_TOKEN"],
)
def take_sms_status(ctx: Context, form: Form, query: StatusQuery) -> None:
    webhooks.require_signature(ctx, form, "/messaging/webhook/status")
    webhooks.take_status(ctx, form, query.message_id)
