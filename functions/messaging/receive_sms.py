"""Take an inbound text message from Twilio.

Signed by Twilio (`X-Twilio-Signature`); one that comes twice changes nothing. STOP, START and HELP are recorded and
heeded; everything else goes to the number's SMS chat, made if there is none.
"""

from shared.errors import SignatureInvalid
from shared.http import Binary, Context, Form, endpoint, public
from shared.messaging import webhooks


@endpoint(
    "POST /messaging/webhook/sms",
    access=public,
    kind="webhook",
    errors=[SignatureInvalid],
    trips=None,
    uses=["twilio"],
    secrets=["TWILIO_AUTH_TOKEN"],
)
def receive_sms(ctx: Context, form: Form) -> Binary:
    webhooks.require_signature(ctx, form, "/messaging/webhook/sms")
    return webhooks.receive(ctx, form)
