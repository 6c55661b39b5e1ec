"""List text messages in and out, newest first, with what became of each.

Clinicians see those they sent or whose chat they are in, and with `phone` of a patient of theirs all of that patient's;
administrators see all.
"""

from shared.http import Context, clinicians, endpoint
from shared.messaging.log import listed
from shared.messaging.models import SmsLogEntry, SmsPaging
from shared.store.query import Page


# 3, and one more for clinicians with `phone`: whose number it is decides what is listed.
@endpoint("GET /messaging/sms-logs", access=clinicians, trips=4)
def list_sms_logs(ctx: Context, query: SmsPaging) -> Page[SmsLogEntry]:
    return listed(ctx, query)
