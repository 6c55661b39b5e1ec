"""Make a calendar feed of one's own appointments.

Answers its address, this once; one made before stops working.
"""

from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.calendar import make_feed
from shared.scheduling.booking.models import FeedOut


@endpoint("POST /users/me/calendar", access=signed_in, status=201, idempotent=False)
def create_calendar_feed(ctx: Context) -> FeedOut:
    return make_feed(ctx)
