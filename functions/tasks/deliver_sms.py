"""Hand a queued text message to Twilio.

Claimed first; a second try looks for the first at Twilio before it sends. Three tries, then a dead letter.
"""

from shared.errors import SmsUnavailable
from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.messaging import sms


@endpoint(
    access=workers,
    kind="task",
    queue="sms",
    errors=[SmsUnavailable],
    trips=None,
    uses=["twilio"],
    secrets=["TWILIO_AUTH_TOKEN"],
)
def deliver_sms(ctx: Context, body: JobRef) -> None:
    sms.deliver(ctx, body.id)
