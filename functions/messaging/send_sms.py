"""Send a text message to a telephone number, through Twilio.

It is queued and sent by a worker; the log and the number's SMS chat show what became of it. A number that has sent
STOP gets none. What it says leaves the protected system: keep health information out of it.
"""

from shared.errors import RecipientOptedOut, SmsNotConfigured
from shared.http import Context, clinicians, endpoint
from shared.messaging.log import send_by_staff
from shared.messaging.models import NewSms, SmsAccepted


@endpoint(
    "POST /messaging/send-sms", access=clinicians, status=201, errors=[RecipientOptedOut, SmsNotConfigured], trips=3
)
def send_sms(ctx: Context, body: NewSms) -> SmsAccepted:
    made = send_by_staff(ctx, body)
    return SmsAccepted(message_id=made.id, status=made.state, sent_at=made.created_at)
